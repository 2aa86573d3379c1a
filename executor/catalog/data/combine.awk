# Adds the rows of sextant.txt to the tables of the same name in pg15.txt:
#   awk -f combine.awk sextant.txt pg15.txt
FNR == NR {
  if (/^@/) table = substr($1, 2)
  else if (!/^#/) rows[table] = rows[table] $0 "\n"
  next
}
/^@/ {
  printf "%s", rows[current]
  current = substr($1, 2)
}
{ print }
