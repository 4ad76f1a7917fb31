using Egress.Server.Embedded;
using Egress.Signing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Egress.Server.Hosting;

/// <summary>
/// Announces that the server is listening. With the embedded default, also prints the data folder and a first link. On a terminal the output is plain
/// text. Otherwise standard output has only JSON log lines, and the link is written to standard error, because logs must not contain links.
/// </summary>
internal static partial class Announcement
{
    public static async Task WriteAsync(WebApplication server, EgressSettings settings)
    {
        var addresses = server.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var port = BindingAddress.Parse(addresses.First()).Port;
        var folder = settings.Embedded.Records ? Path.GetFullPath(settings.Server.DataDirectory) : null;
        var link = settings.Embedded is { Records: true, Storage: true } ? SampleLink(settings, port) : null;
        if (Console.IsOutputRedirected)
        {
            Log(server.Logger, port, folder);
        }
        else
        {
            await Console.Out.WriteLineAsync($"Egress listens on port {port}.");
            if (folder is not null)
            {
                await Console.Out.WriteLineAsync($"No DB_URL is set: Egress keeps its own data under {folder}.");
            }
        }

        if (link is not null)
        {
            var people = Console.IsOutputRedirected ? Console.Error : Console.Out;
            await people.WriteLineAsync($"A first download:{Environment.NewLine}  curl -fOJ '{link}'");
        }
    }

    private static void Log(ILogger logger, int port, string? folder)
    {
        Listens(logger, port);
        if (folder is not null)
        {
            IsEmbedded(logger, folder);
        }
    }

    private static string SampleLink(EgressSettings settings, int port)
    {
        var signer = new LinkSigner(settings.Signing);
        return signer.CreateLink(ServerAddress.Of(settings, port), SampleData.RecordId, signer.DefaultExpiry(TimeProvider.System.GetUtcNow()));
    }

    [LoggerMessage(6003, LogLevel.Information, "Egress listens on port {Port}")]
    private static partial void Listens(ILogger logger, int port);

    [LoggerMessage(6004, LogLevel.Information, "No DB_URL is set: Egress keeps its own data under {Folder}")]
    private static partial void IsEmbedded(ILogger logger, string folder);
}
