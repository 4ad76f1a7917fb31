using Egress.TestKit;
using Egress.TestKit.Processes;
using Xunit;

namespace Egress.Core.Tests.Architecture;

/// <summary>Tests that the words in code and pages are English, technical terms, or on the project's word list.</summary>
public sealed class SpellingTests
{
    [Fact]
    public async Task Every_word_is_spelled_right_or_in_the_list_of_the_project()
    {
        var cspell = Path.Combine(RepositoryRoot.Path, "artifacts", "test-servers", "node_modules", "cspell", "bin.mjs");
        if (Executable.Find("node") is not { } node || !File.Exists(cspell))
        {
            Requirement.Missing("cspell", "Node.js or cspell is not installed (tests/install-servers.sh does that)");
            throw new InvalidOperationException();
        }

        var result = await node.RunAsync(
            [cspell, "lint", "--no-progress", "--no-color", "--root", RepositoryRoot.Path, "--config", Path.Combine(RepositoryRoot.Path, "cspell.json")]);
        Assert.True(result.ExitCode == 0, $"A new term goes into .cspell/words.txt.\n{result.Output}{result.Error}");
    }
}
