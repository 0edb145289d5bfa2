package powercut

import (
	"bufio"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// traced lists the system calls that change files or could. If the lab uses one that disk cannot repeat, the test fails. A
// question mark means that Linux does not have the call on every processor.
const traced = "?open,openat,?creat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate," +
	"copy_file_range,sendfile,fsync,fdatasync,sync_file_range," +
	"?link,linkat,?rename,?renameat,renameat2,?unlink,unlinkat"

// call is a successful system call. The kernel did its work at some time between the lines began and ended of the trace:
// strace stops the thread while it writes each of the two.
type call struct {
	name         string
	began, ended int
	args         []string // texts, paths of open files, or whatever strace prints
	result       int
}

// never is the end of a call that was cut off by the end of the process.
const never = math.MaxInt

// readTrace returns the calls in a trace, in the order in which they began. Its first line has the number first; next is
// the number after its last line.
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
	threads := make(map[string]unfinished) // the call that each thread is in the middle of
	for next = first; lines.Scan(); next++ {
		thread, text, _ := strings.Cut(lines.Text(), " ")
		text = strings.TrimLeft(text, " ")
		if strings.HasPrefix(text, "---") || strings.HasPrefix(text, "+++") { // a signal, or the end
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

// parse reads NAME(ARGUMENT, ARGUMENT) = RESULT. Texts are in hexadecimal, so they contain no comma and no bracket. If
// there is no result, the call may or may not have done its work.
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

// decode returns the text of "text" and the path of an open file 3</the/file>. It returns other arguments unchanged.
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
