#!/bin/sh
# Runs a Windows program in the prefix beside this script.
WINEPREFIX=$(dirname "$0")/prefix WINEDEBUG=-all DISPLAY='' exec /usr/lib/wine/wine64 "$@"
