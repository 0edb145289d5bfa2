package web

import (
	"reflect"
	"runtime"
	"strings"

	"sessionlab/internal/prose"
)

// functionName returns the name of a handler's function, such as GetAddSession.
func functionName(h Handler) string {
	name := runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name() // sessionlab/handlers.(*counters).GetAddSession-fm
	return strings.TrimSuffix(name[strings.LastIndexByte(name, '.')+1:], "-fm")
}

// Code returns the source of a handler, given its function's name. The error wraps fs.ErrNotExist if
// no page shows that function.
func (s *Site) Code(function string) (*prose.Code, error) { return s.book.Handler(function) }
