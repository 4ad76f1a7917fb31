using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Egress.Backends;
using Egress.Callbacks.Network;
using Egress.Telemetry;

namespace Egress.Callbacks.Delivery;

/// <summary>Makes one attempt to deliver a callback. Safe for concurrent use.</summary>
/// <param name="http">The client from <see cref="CallbackHttp"/>, which refuses private addresses and does not follow redirects.</param>
/// <param name="options">The time limit, the secret and the allowed hosts.</param>
/// <param name="time">The clock.</param>
internal sealed class CallbackSender(HttpClient http, CallbackOptions options, TimeProvider time)
{
    /// <summary>How many bytes of the body of a response are read.</summary>
    private const int MostRead = 4096;

    private static readonly ProductInfoHeaderValue UserAgent = new("Egress", EgressVersion.Text);

    private readonly byte[]? _key = options.SigningSecret is { } secret ? CallbackSignature.KeyOf(secret) : null;

    /// <summary>Sends a callback once, and returns the result.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Canceled when the process shuts down. Then it is unknown whether the receiver got the callback.</param>
    public async Task<CallbackAnswer> SendAsync(CallbackMessage message, CancellationToken cancellationToken)
    {
        if (WhyRefused(message.Url) is { } refused)
        {
            return new CallbackAnswer(CallbackVerdict.Final, refused);
        }

        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = Request(message);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var text = await ReadAsync(response, either.Token);
            return new CallbackAnswer(CallbackAnswer.Judge(response.StatusCode), text, RetryAfter(response));
        }
        catch (HttpRequestException failure) when (failure.InnerException is CallbackRefusedException refusal)
        {
            return new CallbackAnswer(CallbackVerdict.Final, refusal.Message);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && failure is HttpRequestException or IOException)
        {
            return new CallbackAnswer(CallbackVerdict.TryAgain, ReceiverText.Clean(InnermostCause.Of(failure)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new CallbackAnswer(CallbackVerdict.TryAgain, $"no answer within {options.Timeout.TotalSeconds:0.###} s (CALLBACK_TIMEOUT)");
        }
    }

    private string? WhyRefused(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            return "refused: no http:// or https:// URL";
        }

        return HostAllowList.Allows(options.AllowedHosts, url.IdnHost) ? null : $"refused: {url.IdnHost} is not in CALLBACK_ALLOWED_HOSTS";
    }

    private HttpRequestMessage Request(CallbackMessage message)
    {
        var url = new Uri(message.Url);
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(message.Body, Encoding.UTF8, "application/json") };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue(UserAgent.Product!));
        if (url.UserInfo.Length > 0)
        {
            // Names and passwords in URLs are sent as Basic credentials, because existing records rely on this behavior of zipperfly.
            var credentials = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
        }

        var timestamp = time.GetUtcNow().ToUnixTimeSeconds();
        request.Headers.Add("webhook-id", message.Id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        if (EgressTraces.Current is { IdFormat: ActivityIdFormat.W3C } span)
        {
            request.Headers.Add("traceparent", span.Id);
        }

        if (_key is not null)
        {
            request.Headers.Add("webhook-signature", CallbackSignature.Sign(_key, message.Id, timestamp, message.Body));
        }

        return request;
    }

    /// <summary>
    /// Returns the status and the beginning of the body as text for operators. The status is returned even if the body is incomplete or takes too
    /// long.
    /// </summary>
    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MostRead];
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            length = await body.ReadAtLeastAsync(buffer, MostRead, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or OperationCanceledException)
        {
            // The failure is ignored, because the body is only shown to operators.
        }

        var text = ReceiverText.Clean(Encoding.UTF8.GetString(buffer, 0, length));
        var status = $"{(int)response.StatusCode} {ReceiverText.Clean(response.ReasonPhrase ?? "")}".TrimEnd();
        return text.Length == 0 ? status : $"{status}: {text}";
    }

    /// <summary>Returns the delay of a <c>Retry-After</c> header. It may be a number of seconds or a date (RFC 9110 §10.2.3).</summary>
    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow(),
        _ => null,
    };
}
