using System.Globalization;
using System.Text.RegularExpressions;
using Egress.TestKit;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Starts nginx with the configuration that a page shows. Only the ports, and the paths of the certificate and the cache, are replaced.</summary>
internal static partial class ProxyPage
{
    /// <param name="targetPort">Port of the server behind nginx.</param>
    /// <param name="name">File name of the page.</param>
    /// <param name="others">Further texts of the configuration to replace, each with its replacement.</param>
    public static Task<NginxServer> StartNginxAsync(int targetPort, string name = "deploy.md", params (string Text, string Replacement)[] others) => NginxServer.StartAsync(async (folder, port) =>
    {
        var page = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs", name));
        var block = Assert.Single(NginxBlock().Matches(page)).Groups[1].Value;
        await TestCertificate.WriteAsync(folder["downloads.crt"], folder["downloads.key"]);
        (string Text, string Replacement)[] changes =
        [
            ("listen 443", string.Create(CultureInfo.InvariantCulture, $"listen 127.0.0.1:{port}")),
            ("127.0.0.1:8080", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{targetPort}")),
            ("/etc/nginx/tls/downloads.crt", folder["downloads.crt"]),
            ("/etc/nginx/tls/downloads.key", folder["downloads.key"]),
            .. name == "cdn.md" ? [("/var/cache/nginx/egress", folder["cache"])] : Array.Empty<(string, string)>(),
            .. others,
        ];
        foreach (var (text, replacement) in changes)
        {
            Assert.Single(Regex.Matches(block, Regex.Escape(text)));
            block = block.Replace(text, replacement, StringComparison.Ordinal);
        }

        return block;
    });

    [GeneratedRegex("^<!-- tested -->\n```nginx\n(.+?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex NginxBlock();
}
