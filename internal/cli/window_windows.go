package cli

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// keepWindow waits for Enter if the program was started by a double click. The console window then belongs to the
// program alone, and would close before anyone could read why it stopped.
func keepWindow(args []string) {
	if len(args) > 0 || !ownsConsole() {
		return
	}
	fmt.Print("\nPress Enter to close this window. ")
	os.Stdin.Read(make([]byte, 1))
}

// ownsConsole reports whether no other process, such as a shell, shares the console.
func ownsConsole() bool {
	list := syscall.NewLazyDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	var ids [2]uint32
	count, _, _ := list.Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids)))
	return count == 1
}
