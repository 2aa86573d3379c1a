#include "pagestore/network.h"

#include <pthread.h>

#include <stdexcept>

#include <fmt/format.h>

#include "network_impl.h"

namespace pagestore {
namespace {

namespace ssl = boost::asio::ssl;

std::unique_ptr<ssl::context> make_tls(const TlsFiles& files) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls);
  boost::system::error_code error;
  const auto check = [&](const std::string& file) {
    if (error) throw std::runtime_error(fmt::format("could not use \"{}\": {}", file, error.message()));
  };
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                       ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context->use_certificate_chain_file(files.certificate_file, error);
  check(files.certificate_file);
  context->use_private_key_file(files.private_key_file, ssl::context::pem, error);
  check(files.private_key_file);
  context->load_verify_file(files.ca_file, error);
  check(files.ca_file);
  context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  return context;
}

}  // namespace

Network::Network(const TlsFiles& tls) : impl_(std::make_unique<Impl>()) {
  if (tls.enabled()) impl_->tls = make_tls(tls);
  impl_->thread = std::thread([impl = impl_.get()] {
    pthread_setname_np(pthread_self(), "network");
    impl->io.run();
  });
}

Network::~Network() {
  impl_->work.reset();
  impl_->thread.join();
}

}  // namespace pagestore
