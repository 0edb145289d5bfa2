package powercut

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// disk is what is known of a folder's files on a disk behind a cache: what was synced is on it, of
// the rest some may be. A name is synced with its folder and not with its file, as POSIX has it.
type disk struct {
	folder  string
	files   []*file
	names   map[string]*file // as programs see them
	synced  map[string]*file // as they are on the disk
	pending []naming
}

// naming is a name given or, where file is nil, taken away.
type naming struct {
	ended int
	path  string
	file  *file
}

// file is what a name stands for: there may be two for one file.
type file struct {
	synced  []byte
	pending []change
}

// change is a write or, where data is empty, a change of the size.
type change struct {
	ended int
	at    int
	data  string
}

func (c change) apply(content []byte) []byte {
	end := c.at + len(c.data)
	if end > len(content) {
		content = append(content, make([]byte, end-len(content))...)
	}
	if c.data == "" {
		return content[:c.at]
	}
	copy(content[c.at:], c.data)
	return content
}

// replay returns the disk at the moment of the line cut, if the calls for which skip is true do
// nothing.
func replay(calls []*call, folder string, cut int, skip func(*call) bool) (*disk, error) {
	d := &disk{folder: folder, names: make(map[string]*file), synced: make(map[string]*file)}
	for _, c := range calls {
		if c.began > cut {
			break
		}
		if skip != nil && skip(c) {
			continue
		}
		if err := d.repeat(c, cut); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// repeat does what a call did.
func (d *disk) repeat(c *call, cut int) (err error) {
	switch c.name {
	case "open":
		return d.open(c, c.args[0], c.args[1])
	case "openat":
		return d.open(c, c.args[1], c.args[2])
	case "link":
		d.name(c, c.args[1], d.names[c.args[0]])
	case "linkat":
		d.name(c, c.args[3], d.names[c.args[1]])
	case "unlink":
		d.name(c, c.args[0], nil)
	case "unlinkat":
		d.name(c, c.args[1], nil)
	case "pwrite64":
		if f := d.names[c.args[0]]; f != nil {
			w := change{ended: c.ended, data: c.args[1][:c.result]}
			w.at, err = strconv.Atoi(c.args[3])
			f.pending = append(f.pending, w)
		}
	case "ftruncate":
		if f := d.names[c.args[0]]; f != nil {
			w := change{ended: c.ended}
			w.at, err = strconv.Atoi(c.args[1])
			f.pending = append(f.pending, w)
		}
	case "fsync", "fdatasync":
		if c.ended <= cut {
			d.sync(c.args[0], c.began)
		}
	default:
		for _, arg := range c.args {
			if d.keeps(arg) {
				return fmt.Errorf("the lab calls %s on a file, which this test cannot repeat", c.name)
			}
		}
	}
	return err
}

// keeps reports whether path is a file of the folder. The -shm is none: SQLite makes it anew.
func (d *disk) keeps(path string) bool {
	return filepath.Dir(path) == d.folder && !strings.HasSuffix(path, "-shm")
}

func (d *disk) open(c *call, path, flags string) error {
	switch {
	case !d.keeps(path):
	case strings.Contains(flags, "O_TRUNC"):
		return fmt.Errorf("the lab empties %s as it opens it, which this test cannot repeat", path)
	case strings.Contains(flags, "O_CREAT") && d.names[path] == nil:
		f := &file{}
		d.files = append(d.files, f)
		d.name(c, path, f)
	}
	return nil
}

func (d *disk) name(c *call, path string, f *file) {
	if !d.keeps(path) {
		return
	}
	if f == nil {
		delete(d.names, path)
	} else {
		d.names[path] = f
	}
	d.pending = append(d.pending, naming{c.ended, path, f})
}

// sync puts on the disk what had been done to a file, or to the folder, when the sync began.
func (d *disk) sync(path string, began int) {
	if path == d.folder {
		d.pending = slices.DeleteFunc(d.pending, func(n naming) bool {
			if n.ended > began {
				return false
			}
			d.rename(n)
			return true
		})
	} else if f := d.names[path]; f != nil {
		f.pending = slices.DeleteFunc(f.pending, func(c change) bool {
			if c.ended > began {
				return false
			}
			f.synced = c.apply(f.synced)
			return true
		})
	}
}

func (d *disk) rename(n naming) {
	if n.file == nil {
		delete(d.synced, n.path)
	} else {
		d.synced[n.path] = n.file
	}
}

// tear lets some of what was not synced reach the disk after all, in blocks of one size. Neither the
// order of the writes nor the bounds between them matter to a drive.
func (d *disk) tear(random *rand.Rand) {
	block := []int{512, 4096}[random.IntN(2)]
	some := random.Float64()
	lucky := func() bool { return random.Float64() < some }
	for _, n := range d.pending {
		if lucky() {
			d.rename(n)
		}
	}
	for _, f := range d.files {
		for _, c := range f.pending {
			if c.data == "" && lucky() {
				f.synced = c.apply(f.synced)
			}
			for at, left := c.at, c.data; len(left) > 0; {
				n := min(block-at%block, len(left))
				if lucky() {
					f.synced = change{at: at, data: left[:n]}.apply(f.synced)
				}
				at, left = at+n, left[n:]
			}
		}
	}
}
