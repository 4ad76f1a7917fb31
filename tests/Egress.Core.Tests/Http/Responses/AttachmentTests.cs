using Egress.Http.Responses;
using Xunit;

namespace Egress.Core.Tests.Http.Responses;

public sealed class AttachmentTests
{
    [Theory]
    [InlineData("download.zip", "attachment; filename=\"download.zip\"")]
    [InlineData("May 2024.zip", "attachment; filename=\"May 2024.zip\"")]
    [InlineData("100%41.zip", "attachment; filename=\"100%41.zip\"; filename*=UTF-8''100%2541.zip")]
    [InlineData("Übersicht.zip", "attachment; filename=\"_bersicht.zip\"; filename*=UTF-8''%C3%9Cbersicht.zip")]
    [InlineData("a😀.zip", "attachment; filename=\"a_.zip\"; filename*=UTF-8''a%F0%9F%98%80.zip")]
    [InlineData("a\"b.zip", "attachment; filename=\"a_b.zip\"; filename*=UTF-8''a%22b.zip")]
    [InlineData("a\\b.zip", "attachment; filename=\"a_b.zip\"; filename*=UTF-8''a%5Cb.zip")]
    [InlineData("a;b='c'.zip", "attachment; filename=\"a;b='c'.zip\"")]
    public void Every_client_gets_a_name_and_none_can_decode_another(string name, string header) => Assert.Equal(header, Attachment.Header(name));
}
