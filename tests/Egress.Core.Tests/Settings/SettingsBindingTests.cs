using Egress.Backends;
using Egress.Downloads;
using Egress.Hosting;
using Egress.Http.Requests;
using Egress.Records;
using Egress.Signing;
using Egress.Storage.Resilience;
using Xunit;

namespace Egress.Core.Tests.Settings;

public sealed class SettingsBindingTests
{
    [Fact]
    public void Every_setting_reaches_its_option()
    {
        var settings = TestSettings.Read(
            TestSettings.Database, ("DB_MAX_CONNECTIONS", "7"), ("TABLE_NAME", "links"), ("ID_FIELD", "code"), ("KEY_PREFIX", "dl:"),
            ("DATABASE_QUERY_TIMEOUT", "1s"), ("STORAGE_FETCH_TIMEOUT", "2s"), ("STORAGE_MAX_RETRIES", "4"), ("STORAGE_RETRY_DELAY", "5ms"),
            ("CIRCUIT_BREAKER_THRESHOLD", "6"), ("CIRCUIT_BREAKER_TIMEOUT", "7s"), ("CIRCUIT_BREAKER_MAX_REQUESTS", "8"),
            ("SIGNING_SECRET", " a,b "), ("ENFORCE_SIGNING", "T"), ("REQUIRE_EXPIRY", "1"), ("MAX_LINK_LIFETIME", "720h"),
            ("LINK_LIFETIME", "1h"), ("PUBLIC_URL", "https://dl.example.com/x/"), ("RATE_LIMIT_PER_IP", "0.5"), ("RATE_LIMIT_BURST", "3"),
            ("TRUSTED_PROXIES", "2"), ("PORT", "0"), ("DATA_DIR", "/var/lib/egress"), ("SHUTDOWN_TIMEOUT", "1m"));

        Assert.Equal(
            new RecordStoreOptions
            {
                Url = TestSettings.Database.Value,
                MaxConnections = 7,
                TableName = "links",
                IdField = "code",
                KeyPrefix = "dl:",
                QueryTimeout = TimeSpan.FromSeconds(1),
            },
            settings.Records);
        Assert.Equal(
            new ResilienceOptions { FetchTimeout = TimeSpan.FromSeconds(2), MaxRetries = 4, RetryDelay = TimeSpan.FromMilliseconds(5) },
            settings.Resilience);
        Assert.Equal(
            new CircuitBreakerOptions { Threshold = 6, OpenDuration = TimeSpan.FromSeconds(7), TrialCalls = 8 }, settings.CircuitBreaker);
        Assert.Equal(
            new SigningOptions
            {
                Secret = " a,b ",
                Enforce = true,
                RequireExpiry = true,
                MaxLinkLifetime = TimeSpan.FromDays(30),
                LinkLifetime = TimeSpan.FromHours(1),
                PublicUrl = new Uri("https://dl.example.com/x/"),
            },
            settings.Signing);
        Assert.Equal(new ClientLimitOptions { RatePerSecond = 0.5, Burst = 3, TrustedProxies = 2 }, settings.ClientLimits);
        Assert.Equal(
            new ServerOptions { Port = 0, DataDirectory = "/var/lib/egress", ShutdownTimeout = TimeSpan.FromMinutes(1) }, settings.Server);
    }

    [Fact]
    public void Every_setting_of_downloads_reaches_its_option()
    {
        var downloads = TestSettings.Read(
            ("MAX_FILE_SIZE", "2G"), ("MAX_FILES_PER_REQUEST", "3"), ("MAX_ACTIVE_DOWNLOADS", "4"), ("REQUEST_TIMEOUT", "5s"),
            ("MAX_DOWNLOAD_DURATION", "6h"), ("APPEND_YMD", "true"), ("SANITIZE_FILENAMES", "true"), ("IGNORE_MISSING", "true"),
            ("ENTRY_NAMES", "Path"), ("MAX_CONCURRENT_FETCHES", "7"), ("DOWNLOAD_MEMORY", "8M"), ("TOTAL_BUFFER_MEMORY", "9G"),
            ("STREAM_BUFFER_SIZE", "16K"), ("COMPRESSION_LEVEL", "9"), ("PRESERVE_FILE_METADATA", "false"),
            ("CACHE_CONTROL", " public, s-maxage=60 "), ("ALLOW_PASSWORD_PROTECTED", "true"), ("ALLOWED_EXTENSIONS", "pdf, .JPG,,"), ("BLOCKED_EXTENSIONS", "Exe")).Downloads;

        Assert.Equal([".jpg", ".pdf"], downloads.AllowedExtensions.Order());
        Assert.Equal([".exe"], downloads.BlockedExtensions);
        Assert.Equal(
            new DownloadOptions
            {
                MaxFileSize = 2L << 30,
                MaxFilesPerRequest = 3,
                MaxActiveDownloads = 4,
                RequestTimeout = TimeSpan.FromSeconds(5),
                MaxDuration = TimeSpan.FromHours(6),
                AppendDate = true,
                SanitizeFilenames = true,
                IgnoreMissing = true,
                EntryNames = EntryNameStyle.Path,
                MaxConcurrentFetches = 7,
                DownloadMemory = 8 << 20,
                TotalBufferMemory = 9L << 30,
                StreamBufferSize = 16 << 10,
                CompressionLevel = 9,
                PreserveFileMetadata = false,
                CacheControl = "public, s-maxage=60",
                AllowPasswordProtected = true,
                AllowedExtensions = downloads.AllowedExtensions,
                BlockedExtensions = downloads.BlockedExtensions,
            },
            downloads);
    }
}
