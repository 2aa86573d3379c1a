#include "protocol/scram.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "types/sql_error.h"

namespace {

// The example of RFC 7677, section 3 ("user" / "pencil"), as a stored verifier: its salt and
// iteration count are the RFC's, and the keys follow from the password.
constexpr std::string_view kSalt = "W22ZaJ0SNY7soEsUEjb6gQ==";

std::string hmac(std::string_view key, std::string_view data) {
  std::string out(32, '\0');
  unsigned n = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(),
       reinterpret_cast<unsigned char*>(out.data()), &n);
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  out.resize(static_cast<std::size_t>(
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()))));
  return out;
}

std::string unbase64(std::string_view text) {
  std::string out(text.size(), '\0');
  int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                          reinterpret_cast<const unsigned char*>(text.data()),
                          static_cast<int>(text.size()));
  auto size = static_cast<std::size_t>(n);
  while (!text.empty() && text.back() == '=') {
    --size;
    text.remove_suffix(1);
  }
  out.resize(size);
  return out;
}

std::string sha256(std::string_view data) {
  std::string out(32, '\0');
  unsigned n = 0;
  EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), &n,
             EVP_sha256(), nullptr);
  return out;
}

// What a client does with the server's first message.
std::string client_final(std::string_view password, std::string_view client_first_bare,
                         std::string_view server_first) {
  auto field = [&](std::string_view name) {
    std::size_t at = server_first.find(name);
    std::size_t end = server_first.find(',', at);
    return server_first.substr(at + 2, end == server_first.npos ? end : end - at - 2);
  };
  std::string salt = unbase64(field("s=")), salted(32, '\0');
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                    reinterpret_cast<const unsigned char*>(salt.data()),
                    static_cast<int>(salt.size()), std::stoi(std::string(field("i="))),
                    EVP_sha256(), 32, reinterpret_cast<unsigned char*>(salted.data()));
  std::string client_key = hmac(salted, "Client Key");
  std::string without_proof = "c=biws,r=" + std::string(field("r="));
  std::string auth = std::string(client_first_bare) + "," + std::string(server_first) + "," + without_proof;
  std::string proof = hmac(sha256(client_key), auth);
  for (std::size_t i = 0; i < 32; ++i) proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
  return without_proof + ",p=" + base64(proof);
}

bool logs_in(std::string_view verifier, std::string_view password) {
  protocol::ScramExchange exchange(verifier, "ann");
  std::string server_first = exchange.first("n,,n=,r=clientnonce");
  auto answer = exchange.final(client_final(password, "n=,r=clientnonce", server_first));
  return answer.has_value() && answer->starts_with("v=");
}

TEST(Scram, RightPasswordLogsInWrongOneDoesNot) {
  std::string verifier = protocol::make_scram_verifier("pencil");
  EXPECT_TRUE(protocol::is_scram_verifier(verifier));
  EXPECT_TRUE(logs_in(verifier, "pencil"));
  EXPECT_FALSE(logs_in(verifier, "pencil2"));
}

TEST(Scram, UnknownRoleLooksLikeAWrongPassword) {
  EXPECT_FALSE(logs_in("", ""));
  EXPECT_FALSE(logs_in("", "pencil"));
  // The mock salt does not change from try to try, or it would give the role away.
  auto salt = [] {
    std::string first = protocol::ScramExchange("", "ghost").first("n,,n=,r=x");
    return first.substr(first.find("s="));
  };
  EXPECT_EQ(salt(), salt());
}

TEST(Scram, VerifierKnowsItsForm) {
  EXPECT_FALSE(protocol::is_scram_verifier("pencil"));
  EXPECT_FALSE(protocol::is_scram_verifier("SCRAM-SHA-256$4096:" + std::string(kSalt) + "$a:b"));
}

TEST(Scram, MalformedMessagesAreProtocolViolations) {
  std::string verifier = protocol::make_scram_verifier("pencil");
  for (auto first : {"", "x", "n", "n,", "n,,", "n,,n=a", "n,,n=,r=", "p=tls-unique,,n=,r=x"}) {
    protocol::ScramExchange exchange(verifier, "");
    EXPECT_THROW(exchange.first(first), types::SqlError) << first;
  }
  for (auto final_message : {"", "c=biws", "c=biws,r=other,p=AAAA", "r=x,p="}) {
    protocol::ScramExchange exchange(verifier, "");
    exchange.first("n,,n=,r=x");
    EXPECT_THROW(exchange.final(final_message), types::SqlError) << final_message;
  }
}

}  // namespace
