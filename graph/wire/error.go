package wire

import "fmt"

// An Error reaches the client with its code and sentence. All other errors
// reach it as INTERNAL.
type Error struct {
	Code    string
	Message string
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Message }

// Coded makes an Error.
func Coded(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
