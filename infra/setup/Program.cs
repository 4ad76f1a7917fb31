using Azure.Core;
using Azure.Identity;
using Egress.Setup;

// azure.yaml runs this program before and after azd provision, and after azd deploy.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

using var client = new HttpClient();
TokenCredential credential = new ChainedTokenCredential(new AzureDeveloperCliCredential(), new AzureCliCredential());
var preparation = new Preparation(credential, client, TimeProvider.System);
var step = args switch
{
    ["begin"] => preparation.BeginAsync(stop.Token),
    ["prepare"] => preparation.PrepareAsync(stop.Token),
    ["link"] => preparation.CheckLinkAsync(stop.Token),
    _ => Task.FromException(new SetupException("Usage: Egress.Setup begin|prepare|link")),
};
try
{
    await step;
    return 0;
}
catch (Exception failure) when (failure is SetupException or AuthenticationFailedException)
{
    await Console.Error.WriteLineAsync($"error: {failure.Message}");
    return 1;
}
