package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

const timedOut = "the request took too long; ask for less"

type requestIDKey struct{}

// WithRequestID returns a context whose errors are logged and told under an id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// presenter says what a client learns of an error: of those meant for it the
// code and the sentence, of all others the request id.
func presenter(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		shown := &gqlerror.Error{Path: graphql.GetPath(ctx)}
		var placed *gqlerror.Error
		if errors.As(err, &placed) {
			shown.Locations = placed.Locations
			if placed.Path != nil {
				shown.Path = placed.Path
			}
		}
		code, message := meant(err, placed)
		if code == "" {
			code = "INTERNAL"
			message = "the server failed; its log has the details under request " + requestID(ctx)
			log.ErrorContext(ctx, "graphql", "request", requestID(ctx), "path", shown.Path.String(), "error", err)
			shown.Extensions = map[string]any{"requestId": requestID(ctx)}
		}
		shown.Message = message
		if shown.Extensions == nil {
			shown.Extensions = map[string]any{}
		}
		shown.Extensions["code"] = code
		return shown
	}
}

// meant returns code and sentence of an error that is meant for the client, and
// nothing for others.
func meant(err error, placed *gqlerror.Error) (code, message string) {
	var coded *wire.Error
	switch {
	case errors.As(err, &coded):
		return coded.Code, coded.Message
	case errors.Is(err, reconcile.ErrNotFound):
		return "NOT_FOUND", "there is no such record in this workspace"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "TIMEOUT", timedOut
	case placed == nil || placed.Err != nil:
		return "", ""
	}
	// The parser, the validation and the limits code their own errors.
	code, _ = placed.Extensions["code"].(string)
	return code, placed.Message
}

// recoverer turns a panic of a resolver into an error for the presenter.
func recoverer(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, fault any) error {
		log.ErrorContext(ctx, "graphql panic", "request", requestID(ctx), "fault", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
		return fmt.Errorf("panic with a %T", fault) // its text may hold what was asked
	}
}
