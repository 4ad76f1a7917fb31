using System.Globalization;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Egress.EndToEnd.Tests.PlainServer;

/// <summary>Tests of the server on a pseudo-terminal that Python's module pty provides.</summary>
public sealed class TerminalTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_are_for_people_and_control_characters_of_ids_and_keys_never_reach_the_terminal()
    {
        await using var folder = new TempFolder();
        var port = FreePort.Next();
        var environment = EgressServer.CleanEnvironment();
        (environment["PORT"], environment["DATA_DIR"]) = (port.ToString(CultureInfo.InvariantCulture), folder["data"]);
        var dotnet = Executable.Require("dotnet");
        var run = new ExecutableRun { Arguments = [], WorkingDirectory = folder.Path, Environment = environment };
        await using var server = await ChildProcess.StartAsync(
            Executable.Require("python3"), run with { Arguments = ["-c", "import pty, sys; pty.spawn(sys.argv[1:])", dotnet.Path, EgressServer.AssemblyPath] });
        await server.WaitForLineAsync("Egress listens on port", Limit);
        await server.WaitForLineAsync("curl -fOJ", Limit);

        // The command refuses such a key, so the test stores the record as another application would.
        var link = await dotnet.RunAsync(run with { Arguments = [EgressServer.AssemblyPath, "link", "create", "--object", "key.jpg", "--no-check"] }, Token);
        await using (var database = new SqliteConnection($"Data Source={folder["data/egress.db"]};Pooling=False"))
        {
            await database.OpenAsync(Token);
            await using var command = database.CreateCommand();
            command.CommandText = "UPDATE downloads SET objects = @objects WHERE objects LIKE '%key.jpg%'";
            command.Parameters.AddWithValue("@objects", """["key\u001b[31m\u0007\u202e.jpg"]""");
            Assert.Equal(1, await command.ExecuteNonQueryAsync(Token));
        }

        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var missing = await client.GetAsync(new Uri(link.EnsureSuccess().Output.Trim()).PathAndQuery, Token);
        using var unknown = await client.GetAsync("/id%1B%5B31m%E2%80%AE", Token);

        Assert.Contains("key\ufffd[31m\ufffd\ufffd.jpg", await server.WaitForLineAsync("(ObjectMissing)", Limit), StringComparison.Ordinal);
        Assert.Contains("id\ufffd[31m\ufffd", await server.WaitForLineAsync("(SignatureRequired)", Limit), StringComparison.Ordinal);

        // Before the first line, the runtime itself initializes the terminal with an escape sequence.
        Assert.DoesNotContain(server.Log.Lines.Skip(1), static line => line.Any(static c => c is '\u001b' or '\u0007' or '\u202e'));
        Assert.DoesNotContain(server.Log.Lines, static line => line.StartsWith('{'));
    }
}
