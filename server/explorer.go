package server

import (
	"embed"
	"net/http"
)

// The explorer is a page of our own and its two files: nothing of it comes from
// elsewhere.
//
//go:embed explorer
var explorerFiles embed.FS

// explorer serves the page at /graphiql and its files below.
func explorer(mux *http.ServeMux) {
	for path, file := range map[string]struct{ name, media string }{
		"GET /graphiql":           {"explorer/index.html", "text/html; charset=utf-8"},
		"GET /graphiql/app.js":    {"explorer/app.js", "text/javascript; charset=utf-8"},
		"GET /graphiql/app.css":   {"explorer/app.css", "text/css; charset=utf-8"},
		"GET /graphiql/theme.css": {"explorer/theme.css", "text/css; charset=utf-8"},
	} {
		content, err := explorerFiles.ReadFile(file.name)
		if err != nil { // the files are part of the program
			panic(err)
		}
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", file.media)
			_, _ = w.Write(content) // a client that went away needs no answer
		})
	}
}
