// Package graph serves the GraphQL API of schema.graphql: what happened in runs,
// what differs and why, and the few things that can be ordered.
//
// Resolvers are thin and one file per noun: they read their arguments, make one
// call and return. What they call is a repository of package db, which asks the
// access policy and knows one workspace only, and the few small interfaces that package
// reconcile/batch fills. Lists are connections whose cursors belong to
// their query; ids are opaque and name their workspace.
//
// The handler takes POST with application/json and nothing else, and refuses
// documents that would cost too much before any resolver runs: by bytes, tokens,
// depth, aliases, directives, fields and by complexity, which multiplies along
// the page sizes that the document declares. An error that is not meant for the
// client reaches it as INTERNAL with the request id under which the log tells
// the rest.
//
// The code in graph/generated is made from the schema with `go generate .` at
// the root and is never edited.
package graph
