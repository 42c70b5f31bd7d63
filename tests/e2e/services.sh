#!/bin/bash
# A few real services behind Sallyport, by docker: tests/services/run.sh runs them all. Measured anew every time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export SERVICES_RESULTS=$here/../../build/services-results
exec "$here/../services/run.sh" --set quick --again
