#!/bin/sh
# Does a test notice the mutant? The quick tests are asked first, and the slow properties only if those did not.
laws="tests/unit/kernel/test_ledger_properties.py tests/unit/stock/test_laws.py"
quick="--deselect tests/unit/kernel/test_ledger_properties.py --deselect tests/unit/stock/test_laws.py"
python -m pytest -q -x -p no:cacheprovider tests/unit/kernel tests/unit/stock $quick &&
  python -m pytest -q -x -p no:cacheprovider $laws
