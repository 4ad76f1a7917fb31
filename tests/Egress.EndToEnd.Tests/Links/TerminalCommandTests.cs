using Egress.TestKit;
using Egress.TestKit.Network;
using Egress.TestKit.Processes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Egress.EndToEnd.Tests.Links;

/// <summary>Tests of the commands on a terminal: tables and progress, without control sequences from the data.</summary>
public sealed class TerminalCommandTests
{
    private const string Escape = "\u001b";
    private const string Secret = "admin-secret-0123456789";
    private const string Links = """
        {"links": [
          {"id": "a[red]b\u001b[2J", "created_at": "2026-05-01T12:34:56.7Z", "created_by": "shop", "expires_at": "2026-05-03T14:00:00Z", "revoked": false, "downloads_used": 3,
           "last_download": {"at": "2026-05-02T01:02:03Z", "status": "failed", "reason": "client_disconnected", "bytes": 5}},
          {"id": "second", "created_at": "2026-05-01T12:34:56Z", "created_by": "shop", "expires_at": null, "revoked": true, "downloads_used": 0}]}
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lists_are_tables_on_a_terminal_that_is_wide_enough_and_otherwise_lines()
    {
        await using var server = await CallbackReceiver.StartAsync(static context => context.Response.WriteAsync(Links));
        var wide = await RunAsync(server, 120, ["link", "list"]);
        Assert.Equal(0, wide.ExitCode);
        Assert.Contains($"{Escape}[1mDownloads", wide.Output, StringComparison.Ordinal);
        Assert.Matches(@"a\[red\]b\ufffd\[2J +2026-05-01 12:34 +shop +2026-05-03 14:00 +3 ", wide.Output);
        Assert.Matches($@"{Escape}\[[0-9;]+[m]revoked{Escape}\[0m", wide.Output);

        var narrow = await RunAsync(server, 60, ["link", "list"]);
        Assert.Contains("a[red]b\ufffd[2J  2026-05-01T12:34:56.7Z  shop  expires 2026-05-03T14:00:00Z  3 downloads", narrow.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Downloads", narrow.Output, StringComparison.Ordinal);

        var downloads = await RunAsync(server, 120, ["downloads", "list"]);
        Assert.Matches($@" 2026-05-02 01:02 +{Escape}\[[0-9;]+[m]failed \(client_disconnected\){Escape}\[0m +5 +a\[red\]b\ufffd\[2J ", downloads.Output);
        Assert.All([wide, narrow, downloads], static result => Assert.DoesNotContain($"{Escape}[2J", result.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("NO_COLOR", "1")]
    [InlineData("TERM", "dumb")]
    public async Task Colors_can_be_switched_off(string variable, string value)
    {
        await using var server = await CallbackReceiver.StartAsync(static context => context.Response.WriteAsync(Links));
        var result = await RunAsync(server, 120, ["link", "list"], setting: (variable, value));
        Assert.Matches(" second +2026-05-01 12:34 +shop +revoked +0 ", result.Output);
    }

    [Fact]
    public async Task Progress_is_shown_on_a_terminal_and_an_interrupted_command_leaves_the_terminal_as_it_was()
    {
        await using var server = await CallbackReceiver.StartAsync(static context => context.Response.WriteAsync(
            context.Request.Method == "POST" ? """{"id": "1"}""" : """{"state": "running", "length": 4000000, "bytes_done": 1000000}"""));
        var result = await RunAsync(server, 120, ["export", "42", "--to", "b/[red]a.zip"], interruptAfter: "25%");
        Assert.Contains("b/[red]a.zip", result.Output, StringComparison.Ordinal);
        Assert.True(result.Output.LastIndexOf($"{Escape}[?25h", StringComparison.Ordinal) > result.Output.LastIndexOf($"{Escape}[?25l", StringComparison.Ordinal), result.Output);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
        Assert.Equal(130, result.ExitCode);
    }

    private static Task<ExecutableResult> RunAsync(
        CallbackReceiver server, int width, string[] arguments, (string Name, string Value)? setting = null, string? interruptAfter = null)
    {
        var environment = EgressServer.CleanEnvironment();
        (environment["TERM"], environment["NO_COLOR"], environment["EGRESS_API_KEY"]) = ("xterm-256color", null, Secret);
        if (setting is var (name, value))
        {
            environment[name] = value;
        }

        var run = new ExecutableRun { Arguments = [EgressServer.AssemblyPath, .. arguments, "--server", $"http://127.0.0.1:{server.Port}"], Environment = environment };
        return PseudoTerminal.RunAsync(Executable.Require("dotnet"), run, width, interruptAfter, Token);
    }
}
