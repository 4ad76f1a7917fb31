using Egress.Http;
using Xunit;

namespace Egress.Core.Tests.Http;

public sealed class EgressRoutesTests
{
    [Fact]
    public void The_first_segment_of_every_route_is_reserved() => Assert.All(
        EgressRoutes.All.Select(static route => route.Template.Split('/')[0]).Where(static first => !first.StartsWith('{')),
        static first => Assert.Contains(first, EgressRoutes.ReservedWords));

    [Fact]
    public void Reserved_words_have_a_route_or_are_answered_as_unknown()
    {
        Assert.Equal(["download", "view", "admin", "runtime", "favicon.ico", "robots.txt"], EgressRoutes.WithoutEndpoint);
        Assert.Equal(["health", "ready", "metrics", "links", "exports", "callbacks", "openapi.json"], EgressRoutes.ReservedWords.Except(EgressRoutes.WithoutEndpoint));
    }

    [Fact]
    public void Methods_are_in_capital_letters() => Assert.All(
        EgressRoutes.All.SelectMany(static route => route.Methods), static method => Assert.Equal(method.ToUpperInvariant(), method));
}
