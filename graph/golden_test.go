package graph_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what the API answers into testdata")

// TestGolden asks what stands in testdata/*.txtar: a query, its variables and the
// whole answer that is wanted.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	w := newWorld(t)
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			part := map[string][]byte{}
			for _, f := range archive.Files {
				part[f.Name] = f.Data
			}
			request := map[string]any{"query": string(part["query.graphql"])}
			if raw, ok := part["variables.json"]; ok {
				request["variables"] = json.RawMessage(raw)
			}
			body, err := json.Marshal(request)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, []byte(w.post(string(body), "Content-Type", "application/json").body), "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			if *update {
				archive.Files = append(archive.Files[:len(part)-min(len(part), wants(part))], txtar.File{Name: "want.json", Data: got.Bytes()})
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(part["want.json"]), got.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// wants counts the parts that hold the answer: it is the last one.
func wants(part map[string][]byte) int {
	if _, ok := part["want.json"]; ok {
		return 1
	}
	return 0
}
