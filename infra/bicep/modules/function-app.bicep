metadata description = 'The function app on a Flex Consumption plan, with its settings: secrets are references to Key Vault.'

@description('Region of the resources.')
param location string

@description('Tags of the plan; those of the app have azd-service-name as well.')
param tags object

@description('Name of the app.')
@minLength(2)
@maxLength(60)
param name string

@description('Name of the plan.')
@minLength(1)
@maxLength(60)
param planName string

@description('The identity of the app.')
param identity { id: string, clientId: string }

@description('The storage account of the host.')
param hostStorage { name: string, deploymentContainerUrl: string }

@description('URL of the Key Vault, with a slash at its end.')
param keyVaultUrl string

@description('Name of the Application Insights component.')
param insightsName string

@description('Log Analytics workspace for the metrics of the platform.')
param workspaceId string

@description('Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('Most instances of each group of functions.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances for downloads that always run.')
param alwaysReadyInstances int

@description('Most HTTP requests that an instance gets at once.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int

@description('How running instances are replaced.')
@allowed(['RollingUpdate', 'Recreate'])
param siteUpdateStrategy string

@description('Subnet that the app joins, delegated to Microsoft.App/environments; empty for none.')
param subnetId string

@description('Whether the app accepts traffic from one Front Door profile only, and the id of that profile.')
param frontDoor { required: bool, id: string }

@description('Where the objects are.')
param objects { storage: 'azure' | 's3', azureUrl: string, s3Endpoint: string, s3Region: string }

@description('Container or bucket that archives may be exported to; empty for no exports.')
param exportBucket string

@description('Whether callbacks are signed.')
param signCallbacks bool

@description('Base of the links that Egress makes; empty for the host name of the app.')
param publicUrl string

@description('Database of the records: with entra the URL at which the identity logs in, with password the URL is a secret of the Key Vault.')
param database { auth: 'entra' | 'password', url: string, maxConnections: int }

@description('Name of the queue of callbacks.')
param callbackQueue string

@description('When the health probe runs (NCRONTAB).')
param healthProbeSchedule string

@description('Further settings of Egress, without secrets.')
param additionalSettings object

// The settings below may be empty. Egress treats an empty value like one that is not set.
var usesS3 = objects.storage == 's3'

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'egress' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ipSecurityRestrictionsDefaultAction: frontDoor.required ? 'Deny' : 'Allow'
      ipSecurityRestrictions: frontDoor.required
        ? [
            {
              name: 'front-door'
              priority: 100
              action: 'Allow'
              tag: 'ServiceTag'
              ipAddress: 'AzureFrontDoor.Backend'
              headers: {
                'x-azure-fdid': [
                  frontDoor.id
                ]
              }
            }
          ]
        : []
      // The restrictions above do not apply to deployments, which authenticate with Microsoft Entra ID.
      scmIpSecurityRestrictionsUseMain: false
    }
    functionAppConfig: {
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: hostStorage.deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : [
              {
                name: 'http'
                instanceCount: alwaysReadyInstances
              }
            ]
        triggers: {
          http: {
            perInstanceConcurrency: httpConcurrency
          }
        }
      }
      // https://learn.microsoft.com/azure/azure-functions/flex-consumption-site-updates; the types of the Bicep compiler do not include it yet.
      #disable-next-line BCP037
      siteUpdateStrategy: {
        type: siteUpdateStrategy
      }
    }
  }

  // Disables the passwords for FTP and web deployment. Deployments use Microsoft Entra ID.
  resource ftpPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource scmPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        // Settings of the Functions host. When the home page is disabled, the host returns 204 for the path /.
        AzureWebJobsDisableHomepage: 'true'
        AzureWebJobsStorage__accountName: hostStorage.name
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identity.clientId
        APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
        // DefaultAzureCredential reads this setting.
        AZURE_CLIENT_ID: identity.clientId
        // Egress.
        DB_URL: database.auth == 'entra' ? database.url : '@Microsoft.KeyVault(SecretUri=${keyVaultUrl}secrets/db-url)'
        DB_AUTH: database.auth
        DB_MAX_CONNECTIONS: string(database.maxConnections)
        STORAGE_TYPE: objects.storage
        AZURE_STORAGE_ACCOUNT_URL: usesS3 ? '' : objects.azureUrl
        S3_ENDPOINT: usesS3 ? objects.s3Endpoint : ''
        S3_REGION: usesS3 ? objects.s3Region : ''
        S3_ACCESS_KEY_ID: usesS3 ? '@Microsoft.KeyVault(SecretUri=${keyVaultUrl}secrets/s3-access-key-id)' : ''
        S3_SECRET_ACCESS_KEY: usesS3 ? '@Microsoft.KeyVault(SecretUri=${keyVaultUrl}secrets/s3-secret-access-key)' : ''
        EXPORT_BUCKETS: exportBucket
        ENFORCE_SIGNING: 'true'
        SIGNING_SECRET: '@Microsoft.KeyVault(SecretUri=${keyVaultUrl}secrets/signing-secret)'
        PUBLIC_URL: empty(publicUrl) ? 'https://${app.properties.defaultHostName}' : publicUrl
        MAX_ACTIVE_DOWNLOADS: string(httpConcurrency)
        CALLBACK_QUEUE: callbackQueue
        CALLBACK_SIGNING_SECRET: signCallbacks
          ? '@Microsoft.KeyVault(SecretUri=${keyVaultUrl}secrets/callback-signing-secret)'
          : ''
        HEALTH_PROBE_SCHEDULE: healthProbeSchedule
      },
      additionalSettings
    )
  }
}

resource metrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the app.')
output id string = app.id

@description('Host name of the app.')
output hostName string = app.properties.defaultHostName

@description('Name of the app.')
output name string = app.name

@description('Address of the app.')
output url string = 'https://${app.properties.defaultHostName}'
