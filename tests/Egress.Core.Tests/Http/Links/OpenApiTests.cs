using System.Text.Json.Nodes;
using Egress.Core.Tests.Http.Responses;
using Egress.Http;
using Egress.Http.Links;
using Egress.Http.Responses;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Http.Links;

/// <summary>
/// Compares the OpenAPI document with the routes, fields and problems in the code. <c>LinkApiContract</c> compares it with responses of the hosts.
/// </summary>
public sealed class OpenApiTests
{
    private static readonly OpenApiDocument Document = new(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "src/Egress.Core/Http/Links/openapi.json")));

    [Fact]
    public void It_has_every_operation_of_the_API_and_no_other()
    {
        string[] described = [EgressRoutes.Links, EgressRoutes.Link, EgressRoutes.Exports, EgressRoutes.Export, EgressRoutes.Callbacks, EgressRoutes.ReplayCallbacks, EgressRoutes.Download, EgressRoutes.File, EgressRoutes.View];
        var routes = from route in EgressRoutes.All
                     where described.Contains(route.Template)
                     from method in route.Methods
                     where method != "HEAD"
                     select (method, $"/{route.Template}");
        Assert.Equal(routes.Order(), Document.Operations.Order());
    }

    [Fact]
    public void It_has_every_problem() => Assert.Equal(
        ProblemsSection.Problems().Select(row => Problem.TypePrefix + row.Problem.Code).Distinct().Order(StringComparer.Ordinal),
        Document.Root["components"]!["schemas"]!["ProblemType"]!["enum"]!.AsArray().Select(type => type!.GetValue<string>()));

    [Fact]
    public void It_has_every_field_of_a_link() => Assert.Equal(
        LinkBodyParser.Members.Order(),
        Document.Root["components"]!["schemas"]!["NewLink"]!["properties"]!.AsObject().Select(property => property.Key).Order());

    [Fact]
    public void Its_examples_are_what_its_schemas_say()
    {
        Assert.InRange(Document.Examples().Count(), 10, 100);
        Assert.All(Document.Examples(), example => Assert.Equal((example.Place, ""), (example.Place, string.Join('\n', Document.FaultsOf(example.Schema, example.Example.ToJsonString())))));
    }

    [Fact]
    public void Examples_of_problems_are_those_of_the_table()
    {
        var problems = ProblemsSection.Problems().Select(row => row.Problem).DistinctBy(problem => problem.Code).ToDictionary(problem => Problem.TypePrefix + problem.Code);
        foreach (var (_, _, example) in Document.Examples().Where(example => example.Example is JsonObject problem && problem.ContainsKey("type")))
        {
            var problem = problems[example["type"]!.GetValue<string>()];
            Assert.Equal((problem.Status, problem.Title), (example["status"]!.GetValue<int>(), example["title"]!.GetValue<string>()));
        }
    }

    [Theory]
    [InlineData("""{"objects":[]}""")]
    [InlineData("""{"objects":["a"],"url":"x"}""")]
    [InlineData("""{"objects":[{"key":"a","sizes":1}]}""")]
    [InlineData("""{"bucket":"b"}""")]
    public void Its_schema_refuses_what_the_API_refuses(string body) => Assert.NotEmpty(Document.FaultsOf(Document.Root["components"]!["schemas"]!["NewLink"]!, body));
}
