using CsCheck;
using Egress.Records.Sql.Tables;
using Xunit;

namespace Egress.Core.Tests.Records;

public class IdColumnTests
{
    [Theory]
    [InlineData(nameof(IdType.Integer), "0", true)]
    [InlineData(nameof(IdType.Integer), "-1", true)]
    [InlineData(nameof(IdType.Integer), "-9223372036854775808", true)]
    [InlineData(nameof(IdType.Integer), "9223372036854775807", true)]
    [InlineData(nameof(IdType.Integer), "9223372036854775808", false)]
    [InlineData(nameof(IdType.Integer), "-0", false)]
    [InlineData(nameof(IdType.Integer), "007", false)]
    [InlineData(nameof(IdType.Integer), "+7", false)]
    [InlineData(nameof(IdType.Integer), " 7", false)]
    [InlineData(nameof(IdType.Integer), "7\n", false)]
    [InlineData(nameof(IdType.Integer), "7|1764460487", false)]
    [InlineData(nameof(IdType.Integer), "1,000", false)]
    [InlineData(nameof(IdType.Integer), "1e3", false)]
    [InlineData(nameof(IdType.Integer), "７", false)]
    [InlineData(nameof(IdType.UnsignedInteger), "18446744073709551615", true)]
    [InlineData(nameof(IdType.UnsignedInteger), "-1", false)]
    [InlineData(nameof(IdType.UnsignedInteger), "01", false)]
    [InlineData(nameof(IdType.Uuid), "019ad1fc-a742-709e-81e2-59eff89576a5", true)]
    [InlineData(nameof(IdType.Uuid), "019AD1FC-A742-709E-81E2-59EFF89576A5", true)]
    [InlineData(nameof(IdType.Uuid), "019ad1fca742709e81e259eff89576a5", false)]
    [InlineData(nameof(IdType.Uuid), "{019ad1fc-a742-709e-81e2-59eff89576a5}", false)]
    [InlineData(nameof(IdType.Uuid), " 019ad1fc-a742-709e-81e2-59eff89576a5", false)]
    [InlineData(nameof(IdType.Uuid), "019ad1fc-a742-709e-81e2-59eff89576a5|1764460487", false)]
    [InlineData(nameof(IdType.Uuid), "+19ad1fc-a742-709e-81e2-59eff89576a5", false)]
    [InlineData(nameof(IdType.BinaryUuid), "019AD1FC-A742-709E-81E2-59EFF89576A5", true)]
    [InlineData(nameof(IdType.BinaryUuid), "019ad1fca742709e81e259eff89576a5", false)]
    [InlineData(nameof(IdType.Text), "", true)]
    [InlineData(nameof(IdType.Text), "a\0", false)]
    [InlineData(nameof(IdType.Text), "😀\uFFFD", true)]
    public void An_id_is_a_value_of_the_column_if_it_prints_as_the_id(string type, string id, bool expected) =>
        Assert.Equal(expected, Column(Enum.Parse<IdType>(type)).Parse(id) is not null);

    // This test is not a theory, because an attribute cannot contain half of a surrogate pair.
    [Fact]
    public void Half_a_character_is_no_id() => Assert.Null(Column(IdType.Text).Parse($"a{(char)0xD800}"));

    [Fact]
    public void A_value_that_was_parsed_prints_as_the_id() =>
        Gen.Select(Gen.Enum<IdType>(), Gen.OneOf(Gen.String, Gen.Long.Select(value => $"{value}"), Gen.Guid.Select(value => $"{value}")))
            .Sample((type, id) =>
            {
                var column = Column(type);
                Assert.True(column.Parse(id) is not { } value || column.Matches(id, column.Print(value)!), id);
            });

    [Fact]
    public void Sixteen_bytes_are_a_uuid_in_the_order_of_its_text()
    {
        var bytes = Convert.FromHexString("019ad1fca742709e81e259eff89576a5");

        Assert.Equal(bytes, Column(IdType.BinaryUuid).Parse("019ad1fc-a742-709e-81e2-59eff89576a5"));
        Assert.Equal("019ad1fc-a742-709e-81e2-59eff89576a5", Column(IdType.BinaryUuid).Print(bytes));
    }

    [Fact]
    public void A_value_of_another_type_is_not_an_id()
    {
        Assert.Null(Column(IdType.Integer).Print("7"));
        Assert.Null(Column(IdType.Text).Print(7.0));
        Assert.Null(Column(IdType.Uuid).Print(7L));
        Assert.Null(Column(IdType.BinaryUuid).Print(new byte[15]));
    }

    private static IdColumn Column(IdType type) => new("id", type, "any");
}
