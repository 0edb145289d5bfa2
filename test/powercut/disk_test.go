package powercut

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// disk models the files of a folder on a disk with a cache. Synced data is on the disk; any part of the rest may be, too.
// A name is synced with its folder and not with its file, as POSIX defines it.
type disk struct {
	folder  string
	files   []*file
	names   map[string]*file // as programs see them
	synced  map[string]*file // as they are on the disk
	pending []naming
}

// naming is a name that a file gets or, if file is nil, a name that is removed.
type naming struct {
	ended int
	path  string
	file  *file
}

// file holds the content behind a name. During a rename, two names may share one file.
type file struct {
	synced  []byte
	pending []change
}

// change is a write or, if data is empty, a change of the size.
type change struct {
	ended int
	at    int
	data  string
}

// apply returns the content after the change.
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

// replay returns the disk at line cut of the trace. Calls for which skip returns true have no effect.
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

// repeat does to the disk what a call did.
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

// keeps reports whether path is a file of the folder that matters. The -shm does not: SQLite makes it again.
func (d *disk) keeps(path string) bool {
	return filepath.Dir(path) == d.folder && !strings.HasSuffix(path, "-shm")
}

// open makes the file that a call created.
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

// name gives f a name, or removes the name if f is nil.
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

// sync writes to the disk what had been done to a file, or to the folder, when the sync began.
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

// rename makes a naming take effect on the disk.
func (d *disk) rename(n naming) {
	if n.file == nil {
		delete(d.synced, n.path)
	} else {
		d.synced[n.path] = n.file
	}
}

// tear lets part of the unsynced data reach the disk after all, in blocks of one size. A drive cares neither about the
// order of the writes nor about where one ends and the next begins.
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
