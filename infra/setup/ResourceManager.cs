namespace Egress.Setup;

/// <summary>Sends requests to Azure Resource Manager.</summary>
internal sealed class ResourceManager(AzureRest rest)
{
    private static Uri Address => AzdEnvironment.Get("ARM_ENDPOINT") is { Length: > 0 }
        ? AzdEnvironment.RequireUrl("ARM_ENDPOINT")
        : new Uri("https://management.azure.com");

    /// <summary>Sends a request for a resource.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The resource id, with the API version as a query parameter.</param>
    /// <param name="cancellationToken">Cancels the request and its retries.</param>
    /// <param name="once">Whether to fail at the first refusal instead of retrying.</param>
    /// <returns>The body of the response.</returns>
    /// <exception cref="SetupException">Azure refused the request, or did not answer in time.</exception>
    public Task<string> SendAsync(HttpMethod method, string path, CancellationToken cancellationToken, bool once = false) => rest.SendAsync(
        $"{Address.GetLeftPart(UriPartial.Authority)}/.default", () => new HttpRequestMessage(method, new Uri(Address, path)), cancellationToken, once);
}
