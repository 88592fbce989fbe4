"""The commands of `zhike`, a file per group; `zhike.cli` names them."""
