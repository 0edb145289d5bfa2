package powercut

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// traced are the system calls that change files, or could. Those that disk does not know how to
// repeat fail the test. A question mark: not every processor's Linux has it.
const traced = "?open,openat,?creat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate," +
	"copy_file_range,sendfile,fsync,fdatasync,sync_file_range," +
	"?link,linkat,?rename,?renameat,renameat2,?unlink,unlinkat"

// call is a system call that succeeded. The kernel did its work at some time between the lines
// began and ended of the trace: strace stops the thread while it writes each of them.
type call struct {
	name         string
	began, ended int
	args         []string // texts, paths of open files, or what else strace writes
	result       int
}

// never is when a call ended that the end of the process cut off.
const never = math.MaxInt

// readTrace returns the calls in a trace, in the order in which they began. Its first line counts as
// the line first; next is the one after its last.
func readTrace(t *testing.T, file string, first int) (calls []*call, next int) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	type unfinished struct {
		call *call
		text string
	}
	threads := make(map[string]unfinished) // what each is in the middle of
	for next = first; lines.Scan(); next++ {
		thread, text, _ := strings.Cut(lines.Text(), " ")
		text = strings.TrimLeft(text, " ")
		if strings.HasPrefix(text, "---") || strings.HasPrefix(text, "+++") { // a signal, the end
			continue
		}
		c := &call{began: next, ended: never}
		if _, rest, resumed := strings.Cut(text, " resumed>"); resumed {
			c, text = threads[thread].call, threads[thread].text+rest
		} else {
			calls = append(calls, c)
		}
		text, cut := strings.CutSuffix(text, " <unfinished ...>")
		if cut {
			threads[thread] = unfinished{c, text}
		} else {
			c.ended = next
		}
		c.parse(text)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	succeeded := calls[:0]
	for _, c := range calls {
		if c.result >= 0 {
			succeeded = append(succeeded, c)
		}
	}
	return succeeded, next
}

// parse reads NAME(ARGUMENT, ARGUMENT) = RESULT. Texts are in hexadecimal, so that no comma and no
// bracket is part of one. Where the result is missing the call may have done its work, or not.
func (c *call) parse(text string) {
	var args, result string
	c.name, args, _ = strings.Cut(text, "(")
	args, result, _ = strings.Cut(args, ") ")
	c.args = strings.Split(args, ", ")
	for i, arg := range c.args {
		c.args[i] = decode(arg)
	}
	_, result, _ = strings.Cut(result, "= ")
	result, _, _ = strings.Cut(result, " ") // -1 ENOENT (No such file or directory)
	result, _, _ = strings.Cut(result, "<") // 3</the/file>
	n, err := strconv.Atoi(result)
	if err != nil {
		c.ended = never
	}
	c.result = n
}

// decode reads a "text" and the path of an open file, 3</the/file>; other arguments stay as they are.
func decode(arg string) string {
	text := arg
	if _, path, ok := strings.Cut(arg, "<"); ok {
		text = `"` + strings.TrimSuffix(path, ">") + `"`
	}
	if text, err := strconv.Unquote(text); err == nil {
		return text
	}
	return arg
}
