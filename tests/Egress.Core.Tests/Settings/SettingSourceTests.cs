using Egress.Settings;
using Xunit;

namespace Egress.Core.Tests.Settings;

public sealed class SettingSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("egress-settings-");

    private string DotEnv => Path.Combine(_folder.FullName, ".env");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_environment_wins_over_the_file()
    {
        File.WriteAllText(DotEnv, "PORT=1111\nDATA_DIR=/from/file\n");

        var settings = Read(configFile: null, ("PORT", "2222"), ("DATA_DIR", ""));

        Assert.Equal(2222, settings.Server.Port);
        Assert.Equal("/from/file", settings.Server.DataDirectory);
        Assert.Contains(new EffectiveSetting("PORT", "2222", "environment"), settings.InForce);
        Assert.Contains(new EffectiveSetting("DATA_DIR", "/from/file", $"file {DotEnv}"), settings.InForce);
    }

    [Fact]
    public void The_command_line_wins_over_CONFIG_FILE_and_that_over_the_default_file()
    {
        File.WriteAllText(DotEnv, "PORT=1111");
        var named = Write("named.env", "PORT=2222");
        var given = Write("given.env", "PORT=3333");

        Assert.Equal(1111, Read(configFile: null).Server.Port);
        Assert.Equal(1111, Read(configFile: null, ("CONFIG_FILE", "")).Server.Port);
        Assert.Equal(2222, Read(configFile: null, ("CONFIG_FILE", named)).Server.Port);
        Assert.Equal(3333, Read(given, ("CONFIG_FILE", named)).Server.Port);
    }

    [Fact]
    public void Only_the_environment_is_read_if_there_is_no_file() => Assert.Equal(2222, Read(configFile: null, ("PORT", "2222")).Server.Port);

    [Fact]
    public void A_byte_order_mark_is_not_part_of_the_first_name()
    {
        File.WriteAllText(DotEnv, "PORT=1111", new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

        Assert.Equal(1111, Read(configFile: null).Server.Port);
    }

    [Fact]
    public void A_named_file_has_to_exist()
    {
        var missing = Path.Combine(_folder.FullName, "missing.env");

        Assert.StartsWith($"--config {missing} cannot be read", Fault(missing));
        Assert.StartsWith($"CONFIG_FILE {missing} cannot be read", Fault(configFile: null, ("CONFIG_FILE", missing)));
        Assert.StartsWith($"--config {_folder.FullName} cannot be read", Fault(_folder.FullName));
    }

    [Fact]
    public void A_malformed_file_is_named_with_the_line()
    {
        File.WriteAllText(DotEnv, "PORT=1111\nSIGNING_SECRET geheim\n");

        var fault = Fault(configFile: null);

        Assert.StartsWith($"{DotEnv}, line 2: ", fault);
        Assert.DoesNotContain("geheim", fault);
    }

    [Fact]
    public void A_file_that_is_not_text_is_refused()
    {
        File.WriteAllBytes(DotEnv, [0x50, 0x3D, 0xFF, 0xFE]);

        Assert.StartsWith($"{DotEnv} cannot be read", Fault(configFile: null));
    }

    [Fact]
    public void An_unknown_name_in_the_file_gives_a_warning_with_a_suggestion()
    {
        File.WriteAllText(DotEnv, "SIGNING_SECRETS=geheim\nport=80\nMY_OTHER_APP=1\nS3_USE_PATH_STYLE=true\nDB_URL=sqlite:x.db\n");

        Assert.Equal(
            [
                $"{DotEnv}, SIGNING_SECRETS is not a setting of Egress; did you mean SIGNING_SECRET?",
                $"{DotEnv}, port is not a setting of Egress; did you mean PORT?",
                $"{DotEnv}, MY_OTHER_APP is not a setting of Egress",
            ],
            Read(configFile: null).Warnings);
    }

    [Fact]
    public void Variables_that_SDKs_read_are_passed_on_without_a_warning()
    {
        File.WriteAllText(DotEnv, "AWS_PROFILE=files\nAWS_REGION=eu-west-1\nPORT=80\nDB_URL=sqlite:x.db\nCONFIG_FILE=y\n");

        var source = Load(configFile: null, ("AWS_REGION", "us-east-1"));

        Assert.Equal([new("AWS_PROFILE", "files")], SettingsReader.Foreign(source));
        Assert.Empty(SettingsReader.Read(source, HostProfile.Server).Warnings);
    }

    [Fact]
    public void The_environment_of_the_process_can_be_read() =>
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), SettingSource.ProcessEnvironment()["PATH"]);

    [Theory]
    [InlineData(".git", "src/app", "src/app/.env")]
    [InlineData(".git", "src/app", "src/.env")]
    [InlineData(".git", "src/app", ".env")]
    [InlineData("Egress.sln", "src/app", ".env")]
    public void The_nearest_file_up_to_the_root_of_the_repository_is_read(string mark, string start, string file)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, start));
        Directory.CreateDirectory(Path.Combine(_folder.FullName, mark));
        var path = Path.Combine(_folder.FullName, file);
        File.WriteAllText(path, "PORT=1111");

        var source = SettingSource.Load(new Dictionary<string, string>(), null, folder.FullName);

        Assert.Equal(path, source.ConfigFile);
        Assert.Equal(path, SettingsReader.Read(source, HostProfile.Server).ConfigFile);
    }

    [Fact]
    public void Outside_of_a_repository_only_the_folder_itself_counts()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, "app"));
        File.WriteAllText(DotEnv, "PORT=1111");

        Assert.Null(SettingSource.Load(new Dictionary<string, string>(), null, folder.FullName).ConfigFile);
    }

    [Fact]
    public void A_file_above_the_root_of_the_repository_is_not_read()
    {
        var repository = Directory.CreateDirectory(Path.Combine(_folder.FullName, "repository"));
        repository.CreateSubdirectory(".git");
        File.WriteAllText(DotEnv, "PORT=1111");

        Assert.Null(SettingSource.Load(new Dictionary<string, string>(), null, repository.FullName).ConfigFile);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private SettingSource Load(string? configFile, params (string Name, string Value)[] environment) =>
        SettingSource.Load(environment.ToDictionary(pair => pair.Name, pair => pair.Value), configFile, _folder.FullName);

    private EgressSettings Read(string? configFile, params (string Name, string Value)[] environment) =>
        SettingsReader.Read(Load(configFile, environment), HostProfile.Server);

    private string Fault(string? configFile, params (string Name, string Value)[] environment) =>
        Assert.Single(Assert.Throws<SettingsException>(() => Load(configFile, environment)).Faults);
}
