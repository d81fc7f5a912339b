package main

// TinyGo runs the initialization of packages at compile time, as far as it can,
// and from the first package on that it cannot (syscall/js) at run time, with the
// tables of package unicode, which it then cannot leave out. bytes comes before
// syscall/js in the order of initialization, and brings unicode with it: that
// saves half of the module.
import _ "bytes"
