package handlers

import (
	"reflect"
	"runtime"
	"strings"

	"sessionlab/internal/stage"
)

// functionName is the name of a handler's function, such as GetAddSession.
func functionName(h handler) string {
	name := runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name() // sessionlab/handlers.(*Lab).GetAddSession-fm
	return strings.TrimSuffix(name[strings.LastIndexByte(name, '.')+1:], "-fm")
}

// source says where a handler is to be read; one that is none of a lesson is nowhere.
func (l *Lab) source(function string) stage.Source {
	code, err := l.book.Handler(function)
	if err != nil {
		return stage.Source{}
	}
	return stage.Source{File: code.File, Lines: [2]int{code.First, code.Last}}
}
