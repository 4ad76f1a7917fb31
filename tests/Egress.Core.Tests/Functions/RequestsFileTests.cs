using System.Text;
using System.Text.RegularExpressions;
using Egress.Http;
using Egress.Http.Api;
using Egress.Http.Links;
using Egress.TestKit;
using Microsoft.AspNetCore.Routing.Template;
using Xunit;

namespace Egress.Core.Tests.Functions;

/// <summary>Tests that the file <c>requests.http</c>, from which editors send requests, contains only existing routes, methods and headers.</summary>
public sealed partial class RequestsFileTests
{
    /// <summary>Paths to which the Functions host responds itself.</summary>
    private static readonly string[] OfTheHost = ["/", "/runtime/health"];

    private static readonly string Text = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "requests.http")).ReplaceLineEndings("\n");

    private static readonly Dictionary<string, string> Variables =
        Definition().Matches(Text).ToDictionary(static match => match.Groups["name"].Value, static match => match.Groups["value"].Value);

    /// <summary>The requests of the file, each with its heading.</summary>
    private static List<(string Heading, string Method, string Path, string[] Headers, string Body)> Requests =>
    [
        .. Request().Matches(Text).Select(static match => (
            match.Groups["heading"].Value,
            match.Groups["method"].Value,
            Expand(match.Groups["address"].Value).Replace(Variables["host"], "", StringComparison.Ordinal),
            match.Groups["headers"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            match.Groups["body"].Value.Trim())),
    ];

    [Fact]
    public void Every_part_is_a_request()
    {
        Assert.Equal(Text.Split("\n### ").Length - 1, Requests.Count);
        Assert.True(Requests.Count > 5);
    }

    [Fact]
    public void Every_variable_that_is_named_has_a_value() =>
        Assert.Equal(Variables.Keys.Order(), Variable().Matches(Text).Select(static match => match.Groups["name"].Value).Distinct().Order());

    [Fact]
    public void Every_address_has_a_route_and_every_method_is_answered_unless_the_heading_says_otherwise() =>
        Assert.All(Requests.Where(static request => !OfTheHost.Contains(request.Path)), static request =>
        {
            var route = EgressRoutes.All.FirstOrDefault(route => Fits(route, request.Path.Split('?')[0]));
            Assert.True(route is not null, $"{request.Path} has no route.");
            Assert.Equal(!request.Heading.StartsWith("Refused with 405", StringComparison.Ordinal), route.Methods.Contains(request.Method));
            Assert.Equal(route.IsApi, request.Headers.Any(static header => header.StartsWith($"{ApiKeyHeader.Name}: ", StringComparison.Ordinal)));
        });

    [Fact]
    public void A_link_is_created_with_fields_that_exist()
    {
        var request = Requests.Single(static request => request is { Method: "POST", Path: "/links" });
        var parser = new LinkBodyParser(maxObjects: 10);
        parser.Parse(Encoding.UTF8.GetBytes(request.Body), isLast: true);
        Assert.Empty(parser.Body.Errors);
    }

    /// <summary>Whether a route matches a path. The route <c>/{id}</c> is left out, because it matches every path of one segment.</summary>
    private static bool Fits(EgressRoute route, string path) =>
        route.Template != EgressRoutes.Id && new TemplateMatcher(TemplateParser.Parse(route.Template), []).TryMatch(path, []);

    private static string Expand(string text) => Variable().Replace(text, static match => Variables[match.Groups["name"].Value]);

    [GeneratedRegex("^@(?<name>[A-Za-z]+) = (?<value>.+)$", RegexOptions.Multiline)]
    private static partial Regex Definition();

    [GeneratedRegex(@"\{\{(?<name>[^}]*)\}\}")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^### (?<heading>.+)\n(?<method>[A-Z]+) (?<address>\S+)\n(?<headers>(?:[A-Za-z-]+: .+\n)*)(?:\n(?<body>[{\[][^#]*))?", RegexOptions.Multiline)]
    private static partial Regex Request();
}
