package wire

import (
	"encoding/base64"
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// A GlobalID is what is behind an opaque id: the type, the workspace, and the id
// within both.
type GlobalID struct {
	Type      string
	Workspace reconcile.WorkspaceID
	Local     string
}

// String returns the opaque form.
func (g GlobalID) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(g.Type + ":" + string(g.Workspace) + ":" + g.Local))
}

// ParseID reads the opaque form. Any text that is none is refused.
func ParseID(text string) (GlobalID, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.SplitN(string(raw), ":", 3)
	if err != nil || len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return GlobalID{}, Coded("ID_INVALID", "%.60q is no id of this server", text)
	}
	return GlobalID{Type: parts[0], Workspace: reconcile.WorkspaceID(parts[1]), Local: parts[2]}, nil
}
