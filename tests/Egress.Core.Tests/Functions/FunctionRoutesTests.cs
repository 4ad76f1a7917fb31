using Egress.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Egress.Core.Tests.Functions;

/// <summary>Tests of the functions and their routes. Like the host, they choose the first matching function in the order of the names.</summary>
public sealed class FunctionRoutesTests
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider();

    [Fact]
    public void Each_function_is_a_class_in_a_file_of_its_name()
    {
        Assert.Equal(["Callbacks", "Download", "DownloadCompat", "DownloadFile", "Export", "Exports", "Health", "Link", "Links", "Metrics", "OpenApi", "Ready", "ReplayCallbacks", "View"], FunctionSources.Http.Select(f => f.Name));
        Assert.All(FunctionSources.Http, f => Assert.Equal((f.Name, f.Name), (f.Class, f.File)));
        Assert.All(FunctionSources.Queues, f => Assert.Equal(f.Name, f.File));
        Assert.True(FunctionSources.Count >= FunctionSources.Http.Count + FunctionSources.Queues.Count);
    }

    [Fact]
    public void Every_route_has_a_function() => Assert.Equal(
        EgressRoutes.All.Select(static route => route.Template == EgressRoutes.Id ? EgressRoutes.UnreservedId : route.Template).Order(),
        FunctionSources.Http.Select(static function => function.Route).Order());

    /// <summary>
    /// A host that shuts down waits for its functions before it sends the shutdown message to the worker. The report of an interrupted download waits
    /// for that message, so its function must be able to return before the report.
    /// </summary>
    [Fact]
    public void Functions_that_send_archives_may_return_before_the_download_is_reported() => Assert.Equal(
        EgressRoutes.All.Where(static route => route.IsDownload)
            .Select(static route => route.Template == EgressRoutes.Id ? EgressRoutes.UnreservedId : route.Template).Order(),
        FunctionSources.Http.Where(static function =>
                FunctionSources.Text(function.File).Contains(".AnswerFunctionAsync(", StringComparison.Ordinal))
            .Select(static function => function.Route).Order());

    [Fact]
    public void Egress_answers_every_method_itself() => Assert.All(FunctionSources.Http, f => Assert.Equal("", f.Methods));

    [Fact]
    public void Functions_need_no_key_because_links_are_signed() =>
        Assert.All(FunctionSources.Http.Where(f => !IsApi(f.Name)), f => Assert.Equal("Anonymous", f.Level));

    [Fact]
    public void The_API_needs_a_key_of_the_host_in_addition_to_its_own() =>
        Assert.All(FunctionSources.Http.Where(f => IsApi(f.Name)), f => Assert.Equal("Function", f.Level));

    [Fact]
    public void Every_literal_route_is_reserved() => Assert.All(
        FunctionSources.Http.Select(f => f.Route.Split('/')[0]).Where(first => !first.StartsWith('{')),
        first => Assert.Contains(first, EgressRoutes.ReservedWords));

    [Fact]
    public async Task Reserved_words_never_reach_the_id()
    {
        foreach (var word in EgressRoutes.ReservedWords)
        {
            var expected = word switch { "health" => "Health", "ready" => "Ready", "metrics" => "Metrics", "links" => "Links", "exports" => "Exports", "callbacks" => "Callbacks", "openapi.json" => "OpenApi", _ => null };
            Assert.Equal(expected, await FunctionForAsync($"/{word}"));
            Assert.Equal(expected, await FunctionForAsync($"/{word.ToUpperInvariant()}"));
            Assert.Equal("Download", await FunctionForAsync($"/download/{word}"));
        }
    }

    [Theory]
    [InlineData("/abc", "DownloadCompat")]
    [InlineData("/healthy", "DownloadCompat")]
    [InlineData("/my health", "DownloadCompat")]
    [InlineData("/openapiXjson", "DownloadCompat")]
    [InlineData("/日本 1", "DownloadCompat")]
    [InlineData("/a%2Fb", "DownloadCompat")]
    [InlineData("/download/abc", "Download")]
    [InlineData("/download/a%2Fb", "Download")]
    [InlineData("/links/abc", "Link")]
    [InlineData("/links/a%2Fb", "Link")]
    [InlineData("/links/a/b", null)]
    [InlineData("/exports/abc", "Export")]
    [InlineData("/exports/a/b", null)]
    [InlineData("/callbacks/replay", "ReplayCallbacks")]
    [InlineData("/callbacks/abc", null)]
    [InlineData("/download/abc/files/1", "DownloadFile")]
    [InlineData("/download/a%2Fb/files/1", "DownloadFile")]
    [InlineData("/view/abc", "View")]
    [InlineData("/view/a%2Fb", "View")]
    [InlineData("/view/a/b", null)]
    [InlineData("/download/abc/files", null)]
    [InlineData("/download/abc/files/1/2", null)]
    [InlineData("/download/a/b", null)]
    [InlineData("/a/b", null)]
    [InlineData("/", null)]
    public async Task Ids_reach_the_download(string path, string? function) => Assert.Equal(function, await FunctionForAsync(path));

    private static async Task<string?> FunctionForAsync(string path)
    {
        var routes = new RouteCollection();
        var constraints = Services.GetRequiredService<IInlineConstraintResolver>();
        foreach (var function in FunctionSources.Http)
        {
            routes.Add(new Route(new Target(function.Name), function.Route, constraints));
        }

        var context = new DefaultHttpContext { RequestServices = Services };
        context.Request.Path = path;
        var route = new RouteContext(context);
        await routes.RouteAsync(route);
        return (route.Handler?.Target as Target)?.Name;
    }

    private sealed class Target(string name) : IRouter
    {
        public string Name => name;

        public VirtualPathData? GetVirtualPath(VirtualPathContext context) => null;

        public Task RouteAsync(RouteContext context)
        {
            context.Handler = Handle;
            return Task.CompletedTask;
        }

        private Task Handle(HttpContext context) => Task.CompletedTask;
    }

    private static bool IsApi(string function) => function is "Link" or "Links" or "Export" or "Exports" or "Callbacks" or "ReplayCallbacks";
}
