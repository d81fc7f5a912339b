package main

// As in wasm/order_js.go: it keeps the tables of package unicode out of the module.
import _ "bytes"
