using Egress.Server.Embedded;
using Egress.Signing;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Egress.Server.Hosting;

/// <summary>What the console says once the server listens.</summary>
internal static class Announcement
{
    public static async Task WriteAsync(WebApplication server, EgressSettings settings, TextWriter console)
    {
        var addresses = server.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        var port = BindingAddress.Parse(addresses.First()).Port;
        await console.WriteLineAsync($"Egress listens on port {port}.");
        if (settings.Embedded.Records)
        {
            await console.WriteLineAsync($"No DB_URL is set: records, files and the signing secret are under {Path.GetFullPath(settings.Server.DataDirectory)}.");
        }

        if (settings.Embedded is { Records: true, Storage: true })
        {
            var signer = new LinkSigner(settings.Signing);
            var link = signer.CreateLink(ServerAddress.Of(settings, port), SampleData.RecordId, signer.DefaultExpiry(TimeProvider.System.GetUtcNow()));
            await console.WriteLineAsync($"A first download:{Environment.NewLine}  curl -fOJ '{link}'");
        }
    }
}
