using System.Collections.Concurrent;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.S3;
using Egress.Backends;
using Egress.Storage.Http;

namespace Egress.Storage.S3;

/// <summary>
/// Sends the GET of an object without the SDK, because the SDK's pipeline takes most of the CPU time for a small object. The SDK still provides the
/// credentials, the endpoint and the clock-skew correction. If the response is not a plain success, the request is repeated with the SDK, which interprets the
/// response. Safe for concurrent use.
/// </summary>
/// <param name="client">The SDK's client, made by <see cref="S3ClientFactory"/>.</param>
/// <param name="time">The clock.</param>
internal sealed class S3Reader(AmazonS3Client client, TimeProvider time)
{
    private const string UserAgent = "Egress";

    private readonly HttpClient _http = client.Config.HttpClientFactory.CreateHttpClient(client.Config);
    private readonly ConcurrentDictionary<string, S3Target?> _targets = new(StringComparer.Ordinal);
    private readonly SdkOnlyBuckets _sdkOnly = new(time);

    /// <summary>Requests a range of an object.</summary>
    /// <param name="location">The object.</param>
    /// <param name="range">The value of <c>Range</c>.</param>
    /// <param name="ifMatch">The value of <c>If-Match</c>; null for none.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The response, which the caller disposes; null if the request must be made with the SDK.</returns>
    /// <exception cref="BackendException">The store is overloaded or failed (429, 5xx). The decorator retries such a request.</exception>
    /// <exception cref="HttpRequestException">The store did not respond.</exception>
    public async ValueTask<S3Answer?> TryGetAsync(ObjectLocation location, string range, string? ifMatch, CancellationToken cancellationToken)
    {
        if (!Ascii.IsValid(ifMatch ?? "") || _sdkOnly.Contains(location.Bucket) || TargetOf(location.Bucket) is not { } target
            || await CredentialsAsync() is not { } credentials)
        {
            return null;
        }

        using var request = Request(target, location.Key, credentials, range, ifMatch);
        HttpResponseMessage? response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        try
        {
            if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent
                && await S3Answer.TryReadAsync(response, cancellationToken) is { } answer)
            {
                response = null;
                return answer;
            }

            if (RemoteFaults.IsOverload((int)response.StatusCode))
            {
                throw await S3Faults.OfOverloadAsync(response, $"get '{location.Key}' in '{location.Bucket}'", cancellationToken);
            }

            return null;
        }
        finally
        {
            response?.Dispose();
        }
    }

    /// <summary>Makes a bucket be read with the SDK for a while. Called if the SDK succeeded after a request of this class had failed.</summary>
    public void Suspend(string bucket)
    {
        if (_targets.TryGetValue(bucket, out var target) && target is not null)
        {
            _sdkOnly.Add(bucket);
        }
    }

    private S3Target? TargetOf(string bucket)
    {
        if (_targets.TryGetValue(bucket, out var known))
        {
            return known;
        }

        try
        {
            return _targets.GetOrAdd(bucket, S3Target.Of(client, bucket));
        }
        catch (AmazonClientException)
        {
            // The SDK throws the same exception when it makes the request.
            return null;
        }
    }

    /// <summary>Returns the current credentials; null if there are none.</summary>
    private async ValueTask<ImmutableCredentials?> CredentialsAsync()
    {
        try
        {
            var source = client.Config.DefaultAWSCredentials ?? await DefaultAWSCredentialsIdentityResolver.GetCredentialsAsync(client.Config);
            return source is AnonymousAWSCredentials ? null : await source.GetCredentialsAsync();
        }
        catch (AmazonClientException)
        {
            // The SDK throws the same exception when it makes the request.
            return null;
        }
    }

    private HttpRequestMessage Request(S3Target target, string key, ImmutableCredentials credentials, string range, string? ifMatch)
    {
        var path = target.PathOf(key);
        var date = S3Signature.Format(CorrectClockSkew.GetCorrectedUtcNowForEndpoint(target.Endpoint, client.Config));
        List<KeyValuePair<string, string>> headers = [new("host", target.Host)];
        if (ifMatch is not null)
        {
            headers.Add(new("if-match", ifMatch));
        }

        headers.Add(new("range", range));
        headers.Add(new("x-amz-content-sha256", S3Signature.EmptyHash));
        headers.Add(new("x-amz-date", date));
        if (credentials.UseToken)
        {
            headers.Add(new("x-amz-security-token", credentials.Token));
        }

        var request = new HttpRequestMessage(HttpMethod.Get, target.UrlOf(path));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var signed = CollectionsMarshal.AsSpan(headers);
        request.Headers.TryAddWithoutValidation(
            "Authorization", target.Signature.Authorize(credentials.AccessKey, credentials.SecretKey, date, path, signed));
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        return request;
    }
}
