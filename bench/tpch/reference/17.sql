select sum(l_extendedprice) / 7.0 as avg_yearly
from lineitem, part, (select l_partkey as key, 0.2 * avg(l_quantity) as few from lineitem group by l_partkey) as of_part
where p_partkey = l_partkey and p_brand = 'Brand#23' and p_container = 'MED BOX' and key = p_partkey and l_quantity < few;
