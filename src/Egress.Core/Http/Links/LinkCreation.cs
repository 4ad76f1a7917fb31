using System.Security.Cryptography;
using System.Text;
using Egress.Http.Api;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Links.Keys;
using Egress.Records;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Egress.Http.Links;

/// <summary>Answers <c>POST /links</c>, which creates links. Safe for concurrent use.</summary>
internal sealed class LinkCreation(
    LinkBodyChecks checks, LinkCreator creator, LinkAddress address, ApiFailure failure, LinkReport report, RecordStoreOptions records)
{
    /// <summary>The name of the header with the idempotency key of a request.</summary>
    public const string IdempotencyHeader = "Idempotency-Key";

    private const int MaxIdempotencyKey = 255;

    /// <summary>The number of bytes that the server may count in addition to the body, because it also counts the size lines of chunks.</summary>
    private const long RoomForFraming = 1 << 20;

    /// <summary>Creates a link.</summary>
    /// <param name="context">The request.</param>
    /// <param name="key">The key of the caller.</param>
    /// <param name="cancellationToken">Cancels reading, look-ups and storing.</param>
    /// <returns>The problem; null if the request was answered.</returns>
    public async Task<Problem?> CreateAsync(HttpContext context, ApiKey key, CancellationToken cancellationToken)
    {
        if (RefuseBody(context) is { } refused)
        {
            return refused;
        }

        var (body, problem) = await ReadAsync(context, cancellationToken);
        if (problem is not null)
        {
            return problem;
        }

        var errors = body.Errors;
        var (record, expiresAt) = checks.Check(body, errors);
        var repetition = ReadIdempotencyKey(context.Request, errors);
        if (errors.Count > 0)
        {
            return ProblemTable.InvalidRequest(errors);
        }

        var request = new LinkRequest(record, expiresAt, key)
        {
            MaxDownloads = body.MaxDownloads,
            Check = body.Check,
            IdempotencyKey = repetition is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Name}\n{repetition}"))),
            BodyDigest = repetition is null ? null : body.Digest,
        };
        return await AnswerAsync(context, await creator.CreateAsync(request, cancellationToken), key);
    }

    private async Task<Problem?> AnswerAsync(HttpContext context, LinkResult result, ApiKey key)
    {
        switch (result)
        {
            case LinkResult.Created(var link, var summary, var isRepeated):
                if (!isRepeated)
                {
                    report.Created(link.Id, key.Name, summary);
                }

                context.Response.Headers.Location = address.OfApi(link.Id);
                await ApiAnswer.WriteAsync(
                    context, StatusCodes.Status201Created,
                    CreatedLinkBody.Of(link, summary, address.OfArchive(link.Id, link.ExpiresAt), address.OfPage(link.Id, link.ExpiresAt)),
                    LinkJson.Legible.CreatedLinkBody);
                return null;
            case LinkResult.Invalid(var errors):
                return ProblemTable.InvalidRequest(errors);
            case LinkResult.OutOfScope(var error):
                report.OutOfScope(key.Name, error.Field, error.Message);
                return ProblemTable.OutOfScope(error);
            case LinkResult.IdExists:
                return ProblemTable.IdExists;
            case LinkResult.RepetitionDiffers:
                return ProblemTable.RepetitionDiffers;
            case LinkResult.Refused(var rejection):
                return failure.Report(rejection);
            default:
                throw new InvalidOperationException($"A creation ended as {result.GetType()}.");
        }
    }

    private Problem? RefuseBody(HttpContext context)
    {
        var request = context.Request;
        if (!ApiBody.IsJson(request))
        {
            return ProblemTable.UnsupportedMediaType;
        }

        if (records.Limits.MaxSize > 0 && request.ContentLength > records.Limits.MaxSize)
        {
            return ProblemTable.BodyTooLarge(records.Limits.MaxSize);
        }

        // Replaces the body limit of the server, which is lower and is answered without a problem document. A limit is still needed, because after
        // the response the server would read the rest of the body to reuse the connection.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = records.Limits.MaxSize > 0 ? records.Limits.MaxSize + RoomForFraming : null;
        }

        return null;
    }

    private async Task<(LinkBody Body, Problem? Problem)> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await LinkBodyReader.ReadAsync(context.Request.Body, records.Limits, cancellationToken);
        }
        catch (BadHttpRequestException broken)
        {
            return (new LinkBody(), broken.StatusCode switch
            {
                StatusCodes.Status408RequestTimeout => ProblemTable.RequestTimedOut,
                StatusCodes.Status413PayloadTooLarge => ProblemTable.BodyTooLarge(records.Limits.MaxSize),
                _ => ProblemTable.InvalidRequest([new FieldError("", "could not be read to its end")]),
            });
        }
    }

    private static string? ReadIdempotencyKey(HttpRequest request, List<FieldError> errors)
    {
        var header = request.Headers[IdempotencyHeader];
        if (header.Count == 0)
        {
            return null;
        }

        if (header is [{ Length: > 0 and <= MaxIdempotencyKey } text] && text.All(static c => c is >= ' ' and <= '~'))
        {
            return text;
        }

        errors.Add(new FieldError(IdempotencyHeader, $"must be one header of 1 to {MaxIdempotencyKey} visible ASCII characters"));
        return null;
    }
}
