# Adds the rows of sextant.txt to the tables of the same name in pg15.txt:
#   awk -f combine.awk sextant.txt pg15.txt
# All of them are of the extension that sextant.txt names, so that pg_dump leaves them out.
FNR == NR {
  if (/^@/) table = substr($1, 2)
  else if (!/^#/) {
    rows[table] = rows[table] $0 "\n"
    class = table == "pg_namespace" ? 2615 : table == "pg_proc" ? 1255 : 0
    if (class) members[++count] = class "\t" $1 "\t0\t3079\t"
    if (table == "pg_extension") extension = $1
  }
  next
}
/^@/ {
  printf "%s", rows[current]
  current = substr($1, 2)
}
{ print }
END {
  printf "%s", rows[current]
  print "@pg_depend classid objid objsubid refclassid refobjid refobjsubid deptype"
  for (i = 1; i <= count; ++i) print members[i] extension "\t0\te"
}
