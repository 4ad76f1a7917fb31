metadata name = 'Egress'
metadata description = 'Egress as a function app on Flex Consumption, with an identity instead of keys. docs/deploy.md tells how to use it.'

targetScope = 'resourceGroup'

@description('Name of the environment, from which the names of the resources are made.')
@minLength(1)
@maxLength(32)
param environmentName string

@description('Region of all resources. Flex Consumption is not in every one: az functionapp list-flexconsumption-locations.')
param location string = resourceGroup().location

@description('Further tags of all resources.')
param tags object = {}

@description('Memory of an instance, in MB. It brings cores and bandwidth along.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances of each group of functions. Times databaseMaxConnections it must fit the database.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances for downloads that are always there and paid for; 0 for none. A single one would be replaced every now and then.')
@allowed([0, 2, 3, 4, 5, 6, 8, 10])
param alwaysReadyInstances int = 0

@description('Most downloads of an instance at once.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 16

@description('How running instances are replaced: RollingUpdate gives requests up to 230 s more, Recreate ends them.')
@allowed(['RollingUpdate', 'Recreate'])
param siteUpdateStrategy string = 'RollingUpdate'

@description('Subnet that the app is joined to, delegated to Microsoft.App/environments; empty for none.')
param subnetId string = ''

@description('Where the objects are: Azure Blob Storage, or S3 and what speaks its protocol.')
@allowed(['azure', 's3'])
param objectStorage string = 'azure'

@description('Storage account of the objects, in this subscription; empty for a new one with a container called objects.')
@maxLength(24)
param objectsAccountName string = ''

@description('Resource group of the storage account of the objects.')
param objectsResourceGroup string = resourceGroup().name

@description('Endpoint of a store that speaks the protocol of S3; empty for AWS.')
param s3Endpoint string = ''

@description('Region of the S3 buckets.')
param s3Region string = 'us-east-1'

@description('Access key of S3. Empty keeps the secret that is in Key Vault.')
@secure()
param s3AccessKeyId string = ''

@description('Secret of the access key of S3. Empty keeps the secret that is in Key Vault.')
@secure()
param s3SecretAccessKey string = ''

@description('Connection URL of the records. Empty keeps the secret that is in Key Vault. Not used with deployPostgres.')
@secure()
param dbUrl string = ''

@description('Most connections of an instance to the database.')
@minValue(1)
@maxValue(1024)
param databaseMaxConnections int = 5

@description('What links are signed with; several, separated by commas, while they are changed. Empty keeps the secret that is in Key Vault.')
@secure()
param signingSecret string = ''

@description('Whether callbacks are signed; the secret is then needed.')
param signCallbacks bool = true

@description('What callbacks are signed with. Empty keeps the secret that is in Key Vault.')
@secure()
param callbackSigningSecret string = ''

@description('Base of the links that Egress makes, as https://downloads.example.com; empty for the host name of the app.')
param publicUrl string = ''

@description('Further settings of Egress (docs/configuration.md), as RATE_LIMIT_PER_IP. Not for secrets.')
param additionalSettings object = {}

@description('Whether a PostgreSQL Flexible Server is made for the records.')
param deployPostgres bool = false

@description('SKU of the PostgreSQL server.')
param postgresSkuName string = 'Standard_B2s'

@description('Tier of the SKU of the PostgreSQL server.')
@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param postgresSkuTier string = 'Burstable'

@description('Administrator of the PostgreSQL server.')
@minLength(1)
@maxLength(63)
param postgresAdministrator string = 'egress'

@description('Password of the administrator; required with deployPostgres.')
@secure()
param postgresPassword string = ''

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Where alerts are sent; empty for nowhere.')
param alertEmail string = ''

@description('Broken downloads within 15 minutes that are still no alert.')
@minValue(0)
param toleratedFailures int = 0

@description('Answers of 5xx within 15 minutes that are still no alert.')
@minValue(0)
param toleratedServerErrors int = 5

var callbackQueue = 'egress-callbacks'
var healthProbeSchedule = '*/30 * * * * *'
var databaseName = 'egress'
var token = toLower(uniqueString(resourceGroup().id, environmentName, location))
var suffix = 'egress-${token}'
var allTags = union(tags, { 'azd-env-name': environmentName })
var makesObjectsAccount = objectStorage == 'azure' && empty(objectsAccountName)
var objectsAccount = makesObjectsAccount ? 'stobjects${token}' : objectsAccountName

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    location: location
    tags: allTags
    name: 'id-${suffix}'
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    location: location
    tags: allTags
    suffix: suffix
    principalId: identity.outputs.principalId
    retentionInDays: logRetentionDays
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    location: location
    tags: allTags
    name: 'stegress${token}'
    deploymentContainer: 'app-package'
    callbackQueue: callbackQueue
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

module newObjectsAccount 'modules/objects-account.bicep' = if (makesObjectsAccount) {
  name: 'objects-account'
  params: {
    location: location
    tags: allTags
    name: objectsAccount
    container: 'objects'
  }
}

module objectsAccess 'modules/objects-access.bicep' = if (objectStorage == 'azure') {
  name: 'objects-access'
  scope: resourceGroup(makesObjectsAccount ? resourceGroup().name : objectsResourceGroup)
  params: {
    accountName: objectsAccount
    principalId: identity.outputs.principalId
  }
  dependsOn: [
    newObjectsAccount
  ]
}

module postgres 'modules/postgres.bicep' = if (deployPostgres) {
  name: 'postgres'
  params: {
    location: location
    tags: allTags
    name: 'psql-${suffix}'
    databaseName: databaseName
    skuName: postgresSkuName
    skuTier: postgresSkuTier
    administratorLogin: postgresAdministrator
    administratorPassword: postgresPassword
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyVault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  params: {
    location: location
    tags: allTags
    name: 'kv-egress-${token}'
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
    dbUrl: deployPostgres
      ? 'postgres://${uriComponent(postgresAdministrator)}:${uriComponent(postgresPassword)}@${postgres!.outputs.hostName}:5432/${databaseName}?sslmode=verify-full'
      : dbUrl
    signingSecret: signingSecret
    callbackSigningSecret: callbackSigningSecret
    s3AccessKeyId: s3AccessKeyId
    s3SecretAccessKey: s3SecretAccessKey
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  params: {
    location: location
    tags: allTags
    name: 'func-${suffix}'
    planName: 'plan-${suffix}'
    identity: {
      id: identity.outputs.id
      clientId: identity.outputs.clientId
    }
    hostStorage: {
      name: storage.outputs.name
      deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    }
    keyVaultUrl: keyVault.outputs.url
    insightsName: monitoring.outputs.insightsName
    workspaceId: monitoring.outputs.workspaceId
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    httpConcurrency: httpConcurrency
    siteUpdateStrategy: siteUpdateStrategy
    subnetId: subnetId
    objects: {
      storage: objectStorage
      azureUrl: objectsAccess.?outputs.url ?? ''
      s3Endpoint: s3Endpoint
      s3Region: s3Region
    }
    signCallbacks: signCallbacks
    publicUrl: publicUrl
    databaseMaxConnections: databaseMaxConnections
    callbackQueue: callbackQueue
    healthProbeSchedule: healthProbeSchedule
    additionalSettings: additionalSettings
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: allTags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    poisonQueue: '${callbackQueue}-poison'
    email: alertEmail
    toleratedFailures: toleratedFailures
    toleratedServerErrors: toleratedServerErrors
  }
}

@description('Name of the function app.')
output FUNCTION_APP_NAME string = functionApp.outputs.name

@description('Address of the function app.')
output EGRESS_URL string = functionApp.outputs.url

@description('Name of the Key Vault.')
output KEY_VAULT_NAME string = keyVault.outputs.name

@description('Storage account of the host and of the queues of callbacks.')
output HOST_STORAGE_ACCOUNT string = storage.outputs.name

@description('Storage account of the objects; empty with S3.')
output OBJECTS_STORAGE_ACCOUNT string = objectStorage == 'azure' ? objectsAccount : ''
