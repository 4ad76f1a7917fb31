using System.Text;
using Egress.Backends;
using Egress.Downloads;
using Egress.Http.Responses;

namespace Egress.Core.Tests.Http.Responses;

/// <summary>Writes the table of problems in <c>docs/links.md</c>.</summary>
internal static class ProblemsSection
{
    private const string Begin = "<!-- problems -->\n";
    private const string End = "<!-- /problems -->\n";

    /// <summary>The page with its table renewed.</summary>
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

    private static IEnumerable<(Problem Problem, string Cause)> Problems()
    {
        foreach (var reason in Enum.GetValues<RejectionReason>().Where(reason => reason != RejectionReason.BackendFailed))
        {
            yield return (ProblemTable.For(new Rejection(reason)), ProblemCauses.Of(reason));
        }

        foreach (var backend in Enum.GetValues<Backend>())
        {
            foreach (var fault in Enum.GetValues<BackendFault>().Where(fault => fault != BackendFault.Changed || backend == Backend.Storage))
            {
                yield return (ProblemTable.For(Rejection.From(new BackendException(backend, fault, ""))), ProblemCauses.Of(fault));
            }
        }

        yield return (ProblemTable.NoRoute, "No route has this address. Check the path of the link.");
        yield return (ProblemTable.MethodNotAllowed(["GET", "HEAD"]), "Links answer `GET` and `HEAD`.");
        yield return (ProblemTable.CredentialsRequired, "`/metrics` asks for `METRICS_USERNAME` and `METRICS_PASSWORD`.");
        yield return (ProblemTable.Internal, "A fault of Egress. The log has it under the request id; please report it.");
    }
}
