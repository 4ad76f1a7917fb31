using System.Text;
using Egress.Backends;
using Egress.Downloads;
using Egress.Http.Responses;
using Egress.Links;

namespace Egress.Core.Tests.Http.Responses;

/// <summary>Generates the table of problems in <c>docs/links.md</c>.</summary>
internal static class ProblemsSection
{
    private const string Begin = "<!-- problems -->\n";
    private const string End = "<!-- /problems -->\n";

    /// <summary>Returns the page with a newly generated table.</summary>
    public static string Renew(string page)
    {
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        return string.Concat(page.AsSpan(0, begin + Begin.Length), Write(), page.AsSpan(end));
    }

    private static string Write()
    {
        var table = new StringBuilder("| Code | Status | Title | Cause and remedy |\n|---|---|---|---|\n");
        foreach (var (problem, cause) in Problems().DistinctBy(row => row.Problem.Code).OrderBy(row => row.Problem.Status).ThenBy(row => row.Problem.Code, StringComparer.Ordinal))
        {
            table.Append($"| `{problem.Code}` | {problem.Status} | {problem.Title} | {cause} |\n");
        }

        return table.ToString();
    }

    /// <summary>Returns every problem with its cause.</summary>
    public static IEnumerable<(Problem Problem, string Cause)> Problems()
    {
        foreach (var reason in Enum.GetValues<RejectionReason>().Where(reason => reason != RejectionReason.BackendFailed))
        {
            yield return (ProblemTable.For(new Rejection(reason)), ProblemCauses.Of(reason));
        }

        foreach (var backend in Enum.GetValues<Backend>())
        {
            foreach (var fault in Enum.GetValues<BackendFault>().Where(fault => fault != BackendFault.Changed || backend == Backend.Storage))
            {
                yield return (ProblemTable.For(Rejection.From(new BackendException(backend, fault, ""))), ProblemCauses.Of(backend, fault));
            }
        }

        yield return (ProblemTable.NoRoute, "No route has this address. Check the path of the link.");
        yield return (ProblemTable.MethodNotAllowed(["GET", "HEAD"]), "Links answer `GET` and `HEAD`.");
        yield return (ProblemTable.CredentialsRequired, "`/metrics` requires `METRICS_USERNAME` and `METRICS_PASSWORD`.");
        yield return (ProblemTable.InvalidRequest([]), "`errors` names each field of the request that cannot be used, and what is allowed.");
        yield return (ProblemTable.ApiKeyRequired, "The request to `/links` has no key, or one that is not in `API_KEYS` or `ADMIN_API_KEY`. See [Keys](api.md#keys).");
        yield return (ProblemTable.OutOfScope(new FieldError("", "")), "The key is bound to buckets or prefixes, and `errors` names an object outside of them.");
        yield return (ProblemTable.NoLink, "No link with this id is stored, or another key created it and this key is bound.");
        yield return (ProblemTable.IdExists, "A record or link has this id. Leave `id` out, or choose another one.");
        yield return (ProblemTable.RepetitionDiffers, "A request with this `Idempotency-Key` was made within 24 hours, with another body. Use a new key for a new link.");
        yield return (ProblemTable.BodyTooLarge(1), "The body is larger than `MAX_RECORD_SIZE`. Use prefixes instead of single objects, or raise the setting.");
        yield return (ProblemTable.RequestTimedOut, "Body, look-ups and database together took longer than `REQUEST_TIMEOUT`. Send it again, with sizes declared or `\"check\": false`.");
        yield return (ProblemTable.UnsupportedMediaType, "`POST /links` takes `application/json` in UTF-8, without `Content-Encoding`.");
        yield return (ProblemTable.KeyMayNotExport, "The key is bound to buckets or prefixes. Exports need one that is not. See [Exports](exports.md).");
        yield return (ProblemTable.KeyMayNotManageCallbacks, "The key is bound to buckets or prefixes. Callbacks need one that is not. See [Callbacks](callbacks.md#callbacks-that-could-not-be-delivered).");
        yield return (ProblemTable.QueueUnavailable, "The queue of callbacks cannot be reached. Event 4033 has the cause.");
        yield return (ProblemTable.NoExport, "No export has this id, or it ended more than a week ago.");
        yield return (ProblemTable.DestinationExists, "An object has the key of the export. Choose another one, or send `\"overwrite\": true`.");
        yield return (ProblemTable.ExportRunning, "A running export writes to the same key.");
        yield return (ProblemTable.ExportIsOver, "The export has ended, or the storage is making its archive, so that it cannot be cancelled. Delete the archive in the storage if you do not need it.");
        yield return (ProblemTable.TooManyExports, "`MAX_ACTIVE_EXPORTS` exports are running.");
        yield return (ProblemTable.Internal, "A fault of Egress. The log has it under the request id; please report it.");
    }
}
