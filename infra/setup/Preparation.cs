using Azure.Core;

namespace Egress.Setup;

/// <summary>The steps that azd runs before and after it creates the resources, and after it deploys the app.</summary>
internal sealed class Preparation(TokenCredential credential, HttpClient client, TimeProvider time)
{
    private const string SampleFlag = "EGRESS_SAMPLE";

    private readonly AzureRest _rest = new(credential, client, time);

    private ResourceManager Manager => new(_rest);

    private static string DatabaseUrl => AzdEnvironment.Get("POSTGRES_ADMIN_URL");

    private static string ContainerUrl => AzdEnvironment.Get("OBJECTS_CONTAINER_URL");

    /// <summary>Looks up the address of this machine, and registers the resource provider in this subscription.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await ClientAddress.SetAsync(client, cancellationToken);
        await new ResourceProvider(Manager, time).RegisterAsync(cancellationToken);
    }

    /// <summary>Prepares the database and the objects, makes Azure resolve the references to Key Vault, and prints the link to the sample.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var sample = false;
        try
        {
            sample = await PrepareDataAsync(cancellationToken);
        }
        catch (SetupException closed) when (ClientAddress.IsNone)
        {
            Console.WriteLine($"Not prepared: {closed.Message}");
        }

        await AzdEnvironment.SetAsync(SampleFlag, sample ? "true" : "false", cancellationToken);
        Console.WriteLine("Resolving the references to Key Vault");
        var open = await new SecretReferences(Manager, time).ResolveAsync(AzdEnvironment.Require("FUNCTION_APP_ID"), cancellationToken);
        if (open.Count > 0)
        {
            Console.WriteLine($"warning: not resolved: {string.Join(", ", open)}. The app does not start before they are.");
        }

        if (sample)
        {
            Console.WriteLine("This link works for 24 hours, as soon as the app is deployed:");
            Console.WriteLine(await SampleLink.CreateAsync(_rest, time, cancellationToken));
        }
    }

    /// <summary>Waits until the app serves the sample, and prints its link.</summary>
    public async Task CheckLinkAsync(CancellationToken cancellationToken)
    {
        if (AzdEnvironment.Get(SampleFlag) != "true")
        {
            Console.WriteLine($"Deployed, without a sample. {AzdEnvironment.RequireUrl("EGRESS_URL").AbsoluteUri.TrimEnd('/')}/ready shows whether database and storage work.");
            return;
        }

        var link = await SampleLink.CreateAsync(_rest, time, cancellationToken);
        await SampleLink.CheckAsync(link, client, time, cancellationToken);
        Console.WriteLine("This link works for 24 hours:");
        Console.WriteLine(link);
    }

    /// <returns>Whether the sample exists. It is not created if the database or the objects existed before.</returns>
    private async Task<bool> PrepareDataAsync(CancellationToken cancellationToken)
    {
        if (DatabaseUrl.Length > 0)
        {
            Console.WriteLine("Preparing the database");
            await new RecordDatabase(DatabaseUrl, credential).PrepareAsync(
                AzdEnvironment.Require("APP_IDENTITY_NAME"), AzdEnvironment.Require("APP_IDENTITY_OBJECT_ID"), cancellationToken);
        }

        if (ContainerUrl.Length > 0)
        {
            Console.WriteLine("Preparing the objects");
            await Sample.UploadAsync(AzdEnvironment.RequireUrl("OBJECTS_CONTAINER_URL"), _rest, cancellationToken);
        }

        return DatabaseUrl.Length > 0 && ContainerUrl.Length > 0;
    }
}
