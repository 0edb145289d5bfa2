package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// Assets holds the static files. Pages refer to them by names that contain a hash of the content, so
// a browser can keep them for a year and still never show an outdated one.
type Assets struct {
	byURL  map[string]asset  // hashed name below /static/
	hashed map[string]string // "css/base.css" -> "css/base.0123456789ab.css"
}

type asset struct {
	name    string
	content []byte
}

// newAssets reads the static files. Scripts import each other by plain name in their source, and by
// hashed name as they are served.
func newAssets(files fs.FS) (*Assets, error) {
	a := &Assets{byURL: map[string]asset{}, hashed: map[string]string{}}
	static, err := fs.Sub(files, "static")
	if err == nil {
		err = fs.WalkDir(static, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			return a.add(static, name, nil)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	return a, nil
}

// add reads a file unless it has been read already. The scripts that a script imports are added
// before it, because their hashes are part of its content and so of its own hash. importers are the
// scripts that led to the file.
func (a *Assets) add(static fs.FS, name string, importers []string) error {
	if a.hashed[name] != "" {
		return nil
	}
	if slices.Contains(importers, name) {
		return fmt.Errorf("scripts name each other in a circle: %s", strings.Join(append(importers, name), ", "))
	}
	content, err := fs.ReadFile(static, name)
	if err != nil {
		return err
	}
	extension := path.Ext(name)
	if extension == ".js" {
		if content, err = a.link(static, name, content, importers); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	sum := sha256.Sum256(content)
	hashed := strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
	a.hashed[name] = hashed
	a.byURL[hashed] = asset{name, content}
	return nil
}

// scriptName matches a reference to another script in the same folder: import { Tour } from
// "./stage-tour.js", or new URL("./stage-worker.js", import.meta.url).
var scriptName = regexp.MustCompile(`["'](\./[\w-]+\.js)["']`)

// link returns a script with the names of other scripts replaced by their hashed names.
func (a *Assets) link(static fs.FS, name string, content []byte, importers []string) ([]byte, error) {
	importers = append(slices.Clone(importers), name)
	for _, match := range scriptName.FindAllSubmatch(content, -1) {
		other := path.Join(path.Dir(name), string(match[1]))
		if err := a.add(static, other, importers); err != nil {
			return nil, err
		}
		content = bytes.ReplaceAll(content, match[0], []byte(`"./`+path.Base(a.hashed[other])+`"`))
	}
	return content, nil
}

// url returns the address of a static file. Templates call it asset.
func (a *Assets) url(name string) (string, error) {
	hashed, ok := a.hashed[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/static/" + hashed, nil
}

// ServeAsset answers /static/*file. A browser may keep the response for a year.
func (s *Site) ServeAsset(c *gin.Context) error {
	file, ok := s.assets.byURL[strings.TrimPrefix(c.Param("file"), "/")]
	if !ok {
		return Refusal(http.StatusNotFound)
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(c.Writer, c.Request, file.name, time.Time{}, bytes.NewReader(file.content))
	return nil
}
