package handlers

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

// assets are the static files. A page names them with a hash of their content
// in the name, so that a browser may keep them for a year and still never
// shows an old one.
type assets struct {
	byURL  map[string]asset  // hashed name below /static/
	hashed map[string]string // "css/base.css" -> "css/base.0123456789ab.css"
}

type asset struct {
	name    string
	content []byte
}

func newAssets(files fs.FS) (*assets, error) {
	a := &assets{byURL: map[string]asset{}, hashed: map[string]string{}}
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
func (a *assets) url(name string) (string, error) {
	hashed, ok := a.hashed[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/static/" + hashed, nil
}

func (a *assets) serve(c *gin.Context) error {
	file, ok := a.byURL[strings.TrimPrefix(c.Param("file"), "/")]
	if !ok {
		return refusal(http.StatusNotFound)
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(c.Writer, c.Request, file.name, time.Time{}, bytes.NewReader(file.content))
	return nil
}
