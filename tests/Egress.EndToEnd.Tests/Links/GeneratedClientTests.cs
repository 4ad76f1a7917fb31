using System.IO.Compression;
using System.Text.RegularExpressions;
using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.EndToEnd.Tests.Links;

/// <summary>Tests the client of <c>docs/api.md</c>, which a tool from npm generates from the OpenAPI document of a running server.</summary>
public sealed partial class GeneratedClientTests
{
    private const string Key = "client-secret-0123456789";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_client_of_the_docs_compiles_creates_a_link_and_fetches_the_archive()
    {
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Key), ("ENFORCE_SIGNING", "true"));
        await server.PutAsync("samples", "a.jpg", "content"u8.ToArray());
        await using var folder = new TempFolder();
        await PrepareAsync(server, folder, "writeFileSync('archive.zip', Buffer.from(archive.data!));");

        await RunAsync(folder, "typescript/bin/tsc", "--project", ".");
        await RunAsync(folder, null, "client.mjs");

        await using var zip = await ZipFile.OpenReadAsync(folder["archive.zip"], Token);
        using var reader = new StreamReader(await Assert.Single(zip.Entries, static entry => entry.FullName == "a.jpg").OpenAsync(Token));
        Assert.Equal("content", await reader.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task The_compiler_refuses_what_the_document_does_not_have()
    {
        await using var server = await EgressServer.StartAsync(("ADMIN_API_KEY", Key));
        await using var folder = new TempFolder();
        await PrepareAsync(server, folder, "writeFileSync(link.nickname, '');", static code => code.Replace("bucket: \"samples\"", "bucket: 5", StringComparison.Ordinal));

        var refused = await Node().RunAsync(Run(folder, "typescript/bin/tsc", "--project", "."), Token);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("Type 'number' is not assignable to type 'string'", refused.Output, StringComparison.Ordinal);
        Assert.Contains("'nickname' does not exist", refused.Output, StringComparison.Ordinal);
    }

    /// <summary>Generates the client in a folder, as the page describes it.</summary>
    private static async Task PrepareAsync(EgressServer server, TempFolder folder, string ending, Func<string, string>? change = null)
    {
        var address = $"http://127.0.0.1:{server.Port}";
        var code = Code().Match(await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs/api.md"), Token)).Groups[1].Value;
        Assert.Contains("/download/{id}", code, StringComparison.Ordinal);
        code = $"import {{ writeFileSync }} from 'node:fs';\n{code.Replace("http://localhost:8080", address, StringComparison.Ordinal)}\n{ending}\n";
        await File.WriteAllTextAsync(folder["client.mts"], change?.Invoke(code) ?? code, Token);
        await File.WriteAllTextAsync(
            folder["tsconfig.json"],
            """{"compilerOptions": {"strict": true, "target": "es2022", "module": "nodenext", "lib": ["es2022", "dom", "dom.iterable"], "types": ["node"]}, "files": ["client.mts"]}""",
            Token);
        Directory.CreateSymbolicLink(folder["node_modules"], Modules);
        await RunAsync(folder, "openapi-typescript/bin/cli.js", $"{address}/openapi.json", "-o", "egress.d.ts");
    }

    private static async Task RunAsync(TempFolder folder, string? module, params string[] arguments) =>
        (await Node().RunAsync(Run(folder, module, arguments), Token)).EnsureSuccess();

    private static ExecutableRun Run(TempFolder folder, string? module, params string[] arguments) => new()
    {
        Arguments = [.. module is null ? Array.Empty<string>() : [Path.Combine(Modules, module)], .. arguments],
        WorkingDirectory = folder.Path,
        Environment = new Dictionary<string, string?> { ["KEY"] = Key },
    };

    private static string Modules => Path.Combine(RepositoryRoot.Path, "artifacts", "test-servers", "node_modules");

    private static Executable Node()
    {
        if (!Directory.Exists(Path.Combine(Modules, "openapi-typescript")))
        {
            Requirement.Missing("schemas", "openapi-typescript is not installed (tests/install-servers.sh does that)");
        }

        return Executable.Require("node");
    }

    [GeneratedRegex("```ts\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();
}
