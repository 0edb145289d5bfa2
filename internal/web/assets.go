package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// Assets are the static files. A page names them with a hash of their content
// in the name, so that a browser may keep them for a year and still never
// shows an old one.
type Assets struct {
	byURL  map[string]asset  // hashed name below /static/
	hashed map[string]string // "css/base.css" -> "css/base.0123456789ab.css"
}

type asset struct {
	name    string
	content []byte
}

func newAssets(files fs.FS) (*Assets, error) {
	a := &Assets{byURL: map[string]asset{}, hashed: map[string]string{}}
	static, err := fs.Sub(files, "static")
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	err = fs.WalkDir(static, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(static, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		extension := path.Ext(name)
		hashed := strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
		a.hashed[name] = hashed
		a.byURL[hashed] = asset{name, content}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	return a, nil
}

// url is for templates: the address of a static file.
func (a *Assets) url(name string) (string, error) {
	hashed, ok := a.hashed[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/static/" + hashed, nil
}

// ServeAsset answers /static/*file. A browser may keep the answer for a year.
func (s *Site) ServeAsset(c *gin.Context) error {
	file, ok := s.assets.byURL[strings.TrimPrefix(c.Param("file"), "/")]
	if !ok {
		return Refusal(http.StatusNotFound)
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(c.Writer, c.Request, file.name, time.Time{}, bytes.NewReader(file.content))
	return nil
}
