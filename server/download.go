package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"

	"github.com/tieout/tieout/reconcile"
)

// workbook is the media type of Excel's own format.
const workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// downloads serves workbooks by their id.
type downloads struct{ Config }

func (d downloads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	report, err := d.API.Repo.ReportFile(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, reconcile.ErrNotFound):
		refuse(w, http.StatusNotFound, "NOT_FOUND", "there is no such workbook")
		return
	case err != nil:
		d.fail(w, r, err)
		return
	case report.Problem != "":
		refuse(w, http.StatusConflict, "REPORT_FAILED", "the workbook could not be made: "+report.Problem)
		return
	}
	file, err := open(report)
	if errors.Is(err, os.ErrNotExist) {
		d.API.Log.Warn("download", "report", report.ID, "error", err)
		refuse(w, http.StatusGone, "REPORT_GONE", "the file of this workbook is not there any more; make it again")
		return
	}
	if err != nil {
		d.fail(w, r, err)
		return
	}
	defer file.Close() // read only: nothing is lost
	w.Header().Set("Content-Type", workbook)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": report.Name}))
	w.Header().Set("ETag", `"`+report.SHA256+`"`)
	http.ServeContent(w, r, "", report.CreatedAt, file)
}

// open opens a workbook's file and makes sure that it is the one that was made.
func open(report reconcile.ReportFile) (*os.File, error) {
	file, err := os.Open(report.Path)
	if err != nil {
		return nil, fmt.Errorf("open report %s: %w", report.ID, err)
	}
	hash := sha256.New()
	_, err = io.Copy(hash, file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err == nil && hex.EncodeToString(hash.Sum(nil)) != report.SHA256 {
		err = errors.New("the file was changed after it was made")
	}
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", report.ID, errors.Join(err, file.Close()))
	}
	return file, nil
}

func (c Config) fail(w http.ResponseWriter, r *http.Request, err error) {
	id := w.Header().Get("X-Request-Id")
	c.API.Log.ErrorContext(r.Context(), "http", "request", id, "route", r.Pattern, "error", err)
	refuse(w, http.StatusInternalServerError, "INTERNAL", "the server failed; its log has the details under request "+id)
}
