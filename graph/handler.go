package graph

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
)

// Timeout is how long a request may take.
const Timeout = 10 * time.Second

// queryCache is how many parsed documents are kept.
const queryCache = 256

// A Starter starts runs.
type Starter interface {
	// Start files a run and carries it out in the background. While another is
	// under way it returns reconcile.ErrRunning.
	Start(ctx context.Context, o batch.Order) (reconcile.Run, error)
}

// An Exporter makes workbooks.
type Exporter interface {
	// Export makes a workbook of a run, of a kind that ReportKind of the schema
	// lists; run 0 is the latest. A run that does not exist, or has nothing to show
	// yet, is reconcile.ErrNotFound.
	Export(ctx context.Context, actor reconcile.Actor, kind string, run reconcile.RunID) (reconcile.ReportFile, error)
}

// An Explainer asks the gate chain.
type Explainer interface {
	// Explain answers for the invoices with that number or id. Nothing found is
	// reconcile.ErrNotFound.
	Explain(ctx context.Context, record string) ([]reconcile.Diagnosis, error)
}

// A PairLister lists the invoices of both systems as they are paired.
type PairLister interface {
	// Pairs returns a portion of the list by match key, and whether there is more.
	Pairs(ctx context.Context, q batch.PairQuery) ([]batch.Pair, bool, error)
}

// A Config is what the API works with. All of it is required.
type Config struct {
	Repo      *db.Repo
	Starter   Starter
	Exporter  Exporter
	Explainer Explainer
	Pairs     PairLister
	SignIns   SignIns
	Workspace reconcile.WorkspaceID
	Actor     reconcile.Actor // who asks, as the history names them
	Now       func() time.Time
	Log       *slog.Logger
}

// New returns the handler of the API's one address.
func New(c Config) http.Handler {
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: root{c}, Complexity: complexityRoot()})
	srv := handler.New(schema)
	srv.AddTransport(post{})
	srv.SetQueryCache(lru.New[*ast.QueryDocument](queryCache))
	srv.SetParserTokenLimit(MaxTokens)
	srv.SetErrorPresenter(presenter(c.Log))
	srv.SetRecoverFunc(recoverer(c.Log))
	srv.Use(limits{})
	srv.Use(extension.Introspection{})
	srv.Use(extension.FixedComplexityLimit(MaxComplexity))
	srv.AroundResponses(cost)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), Timeout)
		defer cancel()
		srv.ServeHTTP(w, r.WithContext(ctx))
	})
}

// cost adds what the request was reckoned to cost to the answer.
func cost(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if graphql.HasOperationContext(ctx) {
		if stats := extension.GetComplexityStats(ctx); stats != nil {
			graphql.RegisterExtension(ctx, "cost", map[string]int{
				"requested": stats.Complexity, "limit": stats.ComplexityLimit,
			})
		}
	}
	return next(ctx)
}
