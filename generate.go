// Package tieout is the root of the module: it holds the order to generate the
// GraphQL server from schema.graphql and gqlgen.yml, which lie beside it.
package tieout

//go:generate go tool gqlgen generate
