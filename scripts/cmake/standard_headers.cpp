// Only here to carry the precompiled headers that every unit reuses.
