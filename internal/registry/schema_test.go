package registry_test

import (
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestSchemaIsValid(t *testing.T) {
	if _, err := jsonschema.NewCompiler().Compile("https://json-schema.org/draft/2020-12/schema"); err != nil {
		t.Fatal(err)
	}
}
